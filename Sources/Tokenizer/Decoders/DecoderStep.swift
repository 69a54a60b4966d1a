/// A step on the way from tokens, as they are spelled, to text.
enum DecoderStep: Sendable {
  /// The byte alphabet, read; what follows sees one text.
  case byteLevel
  /// Tokens such as "<0x41>" are bytes.
  case byteFallback
  /// All tokens become one text.
  case fuse
  case replace(Pattern, by: [UInt8])
  case replaceText([UInt8], by: [UInt8])
  /// Leaves out a character at the ends of each token, at most so often.
  case strip(Unicode.Scalar, start: Int, end: Int)
  /// Tokens that start a word get a space before them; `cleansUp` takes spaces before punctuation away again.
  case wordPiece(prefix: [UInt8], cleansUp: Bool)
  case metaspace(Unicode.Scalar, dropsFirst: Bool)
  /// What ends a word becomes a space, but at the end.
  case wordEnd(suffix: [UInt8])
  /// A space between all tokens, as without a decoder.
  case spaced
  /// transformers' `clean_up_tokenization_spaces`; it stands last, and sees one text.
  case cleanUp

  /// How many times longer than the tokens its text may get by what the file says.
  var growth: Double {
    switch self {
    case .replace(_, let content): Growth.replacingMatches(by: content)
    case .replaceText(let old, let content): Growth.replacing(old, by: content)
    default: 1
    }
  }
}
