/// How many times longer a step of a tokenizer may make a text, by what its file says: small files must not fill memory.
enum Growth {
  /// The most of a normalizer, and of a decoder.
  static let maximum = 4096.0
  /// The most of a normalizer and a pre-tokenizer together.
  static let maximumOfWords = 8 * maximum

  /// Where matches of a pattern, which may be empty, are replaced.
  static func replacingMatches(by content: [UInt8]) -> Double { Double(content.count + 1) }

  static func replacing(_ old: [UInt8], by content: [UInt8]) -> Double {
    max(1, Double(content.count) / Double(max(1, old.count)))
  }
}
