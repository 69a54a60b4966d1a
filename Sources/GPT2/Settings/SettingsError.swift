/// A setting that cannot be used.
public struct SettingsError: Error, Hashable, CustomStringConvertible {
  /// A sentence that names the flag or the file and field, the allowed values, and the one found.
  public let description: String

  init(_ description: String) { self.description = description }
}
