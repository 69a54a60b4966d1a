/// Decodes tokens as they come, never giving out half a character.
///
/// Its pieces, joined, equal ``Tokenizer/decode(_:skippingSpecial:)`` of all the tokens.
public struct StreamingDecoder: Sendable {
  private let tokenizer: Tokenizer
  private let skipsSpecial: Bool
  /// The start of a character that is not complete yet: at most three bytes.
  private var pending: [UInt8] = []

  /// Starts a text.
  public init(_ tokenizer: Tokenizer, skippingSpecial: Bool = false) {
    self.tokenizer = tokenizer
    skipsSpecial = skippingSpecial
  }

  /// The text that is certain once this token is known; empty where it ends within a character.
  public mutating func append(_ id: TokenID) -> String {
    if skipsSpecial && tokenizer.isSpecial(id) { return "" }
    let bytes = pending + (tokenizer.bytes(of: id) ?? [])
    let certain = bytes.count - Self.incompleteSuffixCount(bytes)
    pending = Array(bytes[certain...])
    return String(decoding: bytes[..<certain], as: UTF8.self)
  }

  /// The bytes held back, as U+FFFD, when no more tokens will come; the decoder is then ready for another text.
  public mutating func finish() -> String {
    defer { pending = [] }
    return String(decoding: pending, as: UTF8.self)
  }

  /// How many bytes at the end may be the start of a character whose rest has not come.
  private static func incompleteSuffixCount(_ bytes: [UInt8]) -> Int {
    // A lead byte begins a new maximal subpart, so decoding may be cut before the last one.
    guard let lead = bytes.lastIndex(where: { $0 & 0xC0 != 0x80 }) else { return 0 }
    let suffix = bytes[lead...]
    return isIncomplete(suffix) ? suffix.count : 0
  }

  /// Whether more bytes could make one character of these: a lead byte and continuations (Unicode 16, table 3-7).
  private static func isIncomplete(_ bytes: ArraySlice<UInt8>) -> Bool {
    let (length, second): (Int, ClosedRange<UInt8>) =
      switch bytes[bytes.startIndex] {
      case 0xC2...0xDF: (2, 0x80...0xBF)
      case 0xE0: (3, 0xA0...0xBF)
      case 0xED: (3, 0x80...0x9F)
      case 0xE1...0xEF: (3, 0x80...0xBF)
      case 0xF0: (4, 0x90...0xBF)
      case 0xF1...0xF3: (4, 0x80...0xBF)
      case 0xF4: (4, 0x80...0x8F)
      default: (1, 0x80...0xBF)
      }
    return bytes.count < length && bytes.dropFirst().prefix(1).allSatisfy(second.contains)
  }
}
