/// A setting that cannot be used.
public struct SettingsError: Error, Hashable, CustomStringConvertible {
  /// A sentence that names the flag or the file and field, what is allowed, and what was found.
  public let description: String

  init(_ description: String) { self.description = description }
}
