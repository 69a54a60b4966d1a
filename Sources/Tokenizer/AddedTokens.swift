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
    /// A trie: by its node, above eight bits, and the byte that follows, the next node.
    private var edges: [Int: Int] = [:]
    /// By its node, which of `tokens` ends there, or -1.
    private var ends: [Int32] = [-1]
    private let tokens: [AddedToken]
    /// Whether any token starts with a byte: most places of a text need no look into the trie.
    private var starts = [Bool](repeating: false, count: 256)

    init(_ tokens: [AddedToken]) {
      self.tokens = tokens
      for index in tokens.indices { insert(index) }
    }

    private mutating func insert(_ index: Int) {
      var node = 0
      for byte in tokens[index].content.utf8 {
        if node == 0 { starts[Int(byte)] = true }
        let edge = node << 8 | Int(byte)
        if let next = edges[edge] {
          node = next
        } else {
          edges[edge] = ends.count
          node = ends.count
          ends.append(-1)
        }
      }
      ends[node] = Int32(index)
    }

    func split(_ text: [UInt8], in range: Range<Int>, special: SpecialTokens) -> [Segment] {
      var segments: [Segment] = []
      var textStart = range.lowerBound
      var position = range.lowerBound
      while position < range.upperBound {
        guard let token = longestToken(in: text[position..<range.upperBound]) else {
          position += 1
          continue
        }
        let match = position..<position + token.content.utf8.count
        position = match.upperBound
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

    private func longestToken(in text: ArraySlice<UInt8>) -> AddedToken? {
      guard starts[Int(text[text.startIndex])] else { return nil }
      var (node, longest) = (0, Int32(-1))
      for byte in text {
        guard let next = edges[node << 8 | Int(byte)] else { break }
        node = next
        if ends[node] >= 0 { longest = ends[node] }
      }
      return longest < 0 ? nil : tokens[Int(longest)]
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
