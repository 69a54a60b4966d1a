/// The added tokens, found in a text before it is cut into words, as Hugging Face's `AddedVocabulary` does.
struct AddedTokens: Sendable {
  /// A stretch of a text.
  enum Segment {
    case text(Range<Int>)
    case token(TokenID)
  }

  private var byID: [TokenID: AddedToken] = [:]
  /// One for the tokens matched in raw text, one for those matched in the rest, the normalized text.
  private let matchers: [Matcher]

  init(_ tokens: [AddedToken]) {
    for token in tokens { byID[token.id] = token }
    matchers = [false, true].map { isNormalized in
      Matcher(tokens.filter { $0.isNormalized == isNormalized && !$0.content.isEmpty })
    }
  }

  func isSpecial(_ id: TokenID) -> Bool { byID[id]?.isSpecial ?? false }

  /// Cuts a text, well-formed UTF-8, into added tokens and the text between them.
  func split(_ text: [UInt8], special: SpecialTokens) -> [Segment] {
    matchers.reduce([.text(text.indices)]) { segments, matcher in
      segments.flatMap { segment in
        guard case .text(let range) = segment else { return [segment] }
        return matcher.split(text, in: range, special: special)
      }
    }
  }
}

extension AddedTokens {
  /// Finds tokens from left to right, the longest where several start at one place.
  private struct Matcher: Sendable {
    private struct Pattern {
      var bytes: [UInt8]
      var token: AddedToken
    }

    /// By their first byte, the longest first.
    private var patterns: [[Pattern]]

    init(_ tokens: [AddedToken]) {
      patterns = Array(repeating: [], count: 256)
      for token in tokens {
        let bytes = Array(token.content.utf8)
        patterns[Int(bytes[0])].append(Pattern(bytes: bytes, token: token))
      }
      for first in patterns.indices { patterns[first].sort { $0.bytes.count > $1.bytes.count } }
    }

    func split(_ text: [UInt8], in range: Range<Int>, special: SpecialTokens) -> [Segment] {
      var segments: [Segment] = []
      var textStart = range.lowerBound
      var position = range.lowerBound
      while position < range.upperBound {
        guard let pattern = longestPattern(in: text[position..<range.upperBound]) else {
          position += 1
          continue
        }
        let match = position..<position + pattern.bytes.count
        position = match.upperBound
        let token = pattern.token
        if special == .plain && token.isSpecial { continue }
        if token.isSingleWord && Self.touchesWord(match, in: text, range) { continue }
        let start =
          token.stripsLeft ? Self.spaceStart(before: match.lowerBound, in: text, from: textStart) : match.lowerBound
        let end =
          token.stripsRight ? Self.spaceEnd(after: match.upperBound, in: text, to: range.upperBound) : match.upperBound
        if textStart < start { segments.append(.text(textStart..<start)) }
        segments.append(.token(token.id))
        textStart = end
      }
      if textStart < range.upperBound { segments.append(.text(textStart..<range.upperBound)) }
      return segments
    }

    private func longestPattern(in text: ArraySlice<UInt8>) -> Pattern? {
      patterns[Int(text[text.startIndex])].first { text.starts(with: $0.bytes) }
    }

    private static func spaceStart(before index: Int, in text: [UInt8], from lowerBound: Int) -> Int {
      var start = index
      while start > lowerBound, case let scalar = text.scalar(before: start), ScalarClass(scalar) == .space {
        start -= UTF8.width(scalar)
      }
      return start
    }

    private static func spaceEnd(after index: Int, in text: [UInt8], to upperBound: Int) -> Int {
      var end = index
      while end < upperBound, case let scalar = text.scalar(at: end), ScalarClass(scalar) == .space {
        end += UTF8.width(scalar)
      }
      return end
    }

    private static func touchesWord(_ match: Range<Int>, in text: [UInt8], _ range: Range<Int>) -> Bool {
      match.lowerBound > range.lowerBound && isWord(text.scalar(before: match.lowerBound))
        || match.upperBound < range.upperBound && isWord(text.scalar(at: match.upperBound))
    }

    /// `\w` of Rust's regex crate (Unicode TR 18, Annex C).
    private static func isWord(_ scalar: Unicode.Scalar) -> Bool {
      let properties = scalar.properties
      switch properties.generalCategory {
      case .nonspacingMark, .spacingMark, .enclosingMark, .decimalNumber, .connectorPunctuation: return true
      default: return properties.isAlphabetic || properties.isJoinControl
      }
    }
  }
}
