/// SentencePiece's spelling of spaces as a character of their own, "▁".
struct Metaspace: Sendable {
  var replacement: Unicode.Scalar = "▁"
  var prefix = Prefix.always
  /// Whether each "▁" starts a word.
  var splits = true

  /// Which words get a "▁" that do not start with one.
  enum Prefix: String, Sendable {
    case always
    /// That at the start of the text.
    case first
    case never
  }

  func apply(to words: inout Words) {
    let mark = [UInt8](scalars: [replacement])
    words.respell { word, isAtStart in
      let spelled = Array(word).replacing([UInt8(ascii: " ")], by: mark)
      let isPrefixed =
        switch prefix {
        case .always: true
        case .first: isAtStart
        case .never: false
        }
      return isPrefixed && !spelled.starts(with: mark) ? mark + spelled : spelled
    }
    if splits { words.split(.mergedWithNext) { $0 == replacement } }
  }
}
