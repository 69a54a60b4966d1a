/// Why a tokenizer could not be made from its files.
public struct TokenizerError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The file at fault, such as `vocab.json`.
  public var file: String
  /// Where in the file: a line, a member, an entry; `nil` where the file as a whole is at fault.
  public var entry: String?
  /// The fault, with the values found and expected.
  public var problem: String

  /// A sentence for a person.
  public var description: String {
    if let entry { "\(file), \(entry): \(problem)" } else { "\(file): \(problem)" }
  }

  init(_ file: String, _ entry: String? = nil, _ problem: String) {
    self.file = file
    self.entry = entry
    self.problem = problem
  }
}

extension TokenizerError {
  /// Text from a file, fit to stand in a message: in quotes, escaped, and cut where it is long.
  static func quote(_ text: some StringProtocol) -> String {
    let limit = 48
    let scalars = text.unicodeScalars.prefix(limit + 1)
    let isLong = scalars.count > limit
    return String(Substring.UnicodeScalarView(scalars.prefix(limit))).debugDescription + (isLong ? "…" : "")
  }
}
