/// A setting that cannot be used.
public struct SettingsError: Error, Hashable, CustomStringConvertible {
  /// A sentence that names the flag or the file and field, the allowed values, and the one found.
  public let description: String
  /// Whether a file of the model says it, rather than whoever asks for texts.
  public let isOfModel: Bool

  init(_ description: String, isOfModel: Bool = false) {
    self.description = description
    self.isOfModel = isOfModel
  }
}
