/// Why a model cannot be used, as a sentence that names the file and what is wrong with it.
public struct CheckpointError: Error, Hashable, CustomStringConvertible {
  /// The file, folder or model at fault.
  public var subject: String
  /// What is wrong, with what was expected and found.
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
  public var description: String { "\(subject): \(problem)" }
}
