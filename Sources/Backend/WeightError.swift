/// A checkpoint's weights cannot be used as they are.
public struct WeightError: Error, Hashable, CustomStringConvertible {
  /// The file.
  public var file: String
  /// The tensor's name.
  public var tensor: String
  /// Its fault, as a sentence fragment.
  public var problem: String

  /// A sentence for a person.
  public var description: String { "\(file): the tensor \(tensor) \(problem)" }

  package init(file: String, tensor: String, problem: String) {
    self.file = file
    self.tensor = tensor
    self.problem = problem
  }
}
