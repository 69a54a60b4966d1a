/// Why a model cannot be used, as a sentence that names the file and its fault.
public struct CheckpointError: Error, Hashable, CustomStringConvertible {
  /// The file, folder or model at fault.
  public var subject: String
  /// The fault, with the values expected and found.
  public var problem: String
  /// Names outside the allow list that a pickle asked for; empty where the problem is another.
  public var refusedGlobals: [String]

  /// Makes an error about a file, folder or model.
  public init(_ subject: String, _ problem: String, refusedGlobals: [String] = []) {
    self.subject = subject
    self.problem = problem
    self.refusedGlobals = refusedGlobals
  }

  /// The sentence.
  public var description: String { "\(subject): \(problem)".replacing("\n", with: "\\n") }
}
