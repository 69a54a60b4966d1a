/// Takes spaces before punctuation and short forms away, one rule after the other.
enum CleanUp {
  /// Those of `tokenizers` for one token.
  static func token(_ token: [UInt8]) -> [UInt8] { apply(tokenRules, to: token) }

  /// Those of transformers for a text (`clean_up_tokenization`).
  static func text(_ text: [UInt8]) -> [UInt8] { apply(textRules, to: text) }

  /// Whether a rule looks at a byte: what stands before and after others is independent.
  static func concerns(_ byte: UInt8) -> Bool { concerned.contains(byte) }

  private static let concerned = Set(textRules.flatMap { $0.old })

  private static func apply(_ rules: [(old: [UInt8], new: [UInt8])], to text: [UInt8]) -> [UInt8] {
    guard text.contains(UInt8(ascii: " ")) else { return text }
    return rules.reduce(text) { $0.replacing($1.old, by: $1.new) }
  }

  private static func rules(_ rules: [(String, String)]) -> [(old: [UInt8], new: [UInt8])] {
    rules.map { (Array($0.0.utf8), Array($0.1.utf8)) }
  }

  private static let punctuation = [(" .", "."), (" ?", "?"), (" !", "!"), (" ,", ","), (" ' ", "'")]
  private static let shortForms = [(" 's", "'s"), (" 've", "'ve"), (" 're", "'re")]

  private static let tokenRules = rules(
    punctuation + [(" n't", "n't"), (" 'm", "'m"), (" do not", " don't")] + shortForms)
  private static let textRules = rules(punctuation + [(" n't", "n't"), (" 'm", "'m")] + shortForms)
}
