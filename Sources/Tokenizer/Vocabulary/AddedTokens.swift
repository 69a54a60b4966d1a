/// The added tokens, found in a text before it is cut into words, as Hugging Face's `AddedVocabulary` does.
struct AddedTokens: Sendable {
  /// A stretch of a text.
  enum Segment {
    case text(Range<Int>)
    case token(TokenID)
  }

  /// Which text the tokens are matched in.
  enum Stage: Int, CaseIterable {
    case raw
    case normalized
  }

  private var byID: [TokenID: AddedToken] = [:]
  /// By the stage.
  private let matchers: [Matcher]
  /// Tokens that are spelled otherwise once they are normalized.
  private var normalized: [TokenID: [UInt8]] = [:]

  /// - Parameter normalize: What becomes of a text before the normalized tokens are matched in it, and so of these.
  init(_ tokens: [AddedToken], normalize: ([UInt8]) -> [UInt8] = { $0 }) {
    for token in tokens { byID[token.id] = token }
    let spelled = tokens.map { token in
      let content = Array(token.content.utf8)
      return (token: token, spelling: token.isNormalized ? normalize(content) : content)
    }
    matchers = Stage.allCases.map { stage in
      Matcher(spelled.filter { $0.token.isNormalized == (stage == .normalized) })
    }
    for (token, spelling) in spelled where !spelling.elementsEqual(token.content.utf8) {
      normalized[token.id] = spelling
    }
  }

  /// How a token is spelled in normalized texts, where that is not how the vocabulary spells it.
  func normalizedSpelling(_ id: TokenID) -> [UInt8]? { normalized[id] }

  func isSpecial(_ id: TokenID) -> Bool { byID[id]?.isSpecial ?? false }

  /// Cuts a text, well-formed UTF-8, into the added tokens of a stage and the text between them.
  func split(_ text: [UInt8], in range: Range<Int>, _ stage: Stage, special: SpecialTokens) -> [Segment] {
    matchers[stage.rawValue].split(text, in: range, special: special)
  }

  /// Cuts a text that is not normalized into added tokens and the text between them.
  func split(_ text: [UInt8], special: SpecialTokens) -> [Segment] {
    split(text, in: text.indices, .raw, special: special).flatMap { segment in
      guard case .text(let range) = segment else { return [segment] }
      return split(text, in: range, .normalized, special: special)
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
    private let tokens: [(token: AddedToken, spelling: [UInt8])]
    /// Whether any token starts with a byte: most places of a text need no look into the trie.
    private var starts = [Bool](repeating: false, count: 256)

    init(_ tokens: [(token: AddedToken, spelling: [UInt8])]) {
      self.tokens = tokens.filter { !$0.spelling.isEmpty }
      for index in self.tokens.indices { insert(index) }
    }

    private mutating func insert(_ index: Int) {
      var node = 0
      for byte in tokens[index].spelling {
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
        guard starts[Int(text[position])], let index = longestToken(in: text[position..<range.upperBound]) else {
          position += 1
          continue
        }
        let (token, spelling) = tokens[index]
        let match = position..<position + spelling.count
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

    /// The place in `tokens` of the longest that a text starts with.
    private func longestToken(in text: ArraySlice<UInt8>) -> Int? {
      var (node, longest) = (0, Int32(-1))
      for byte in text {
        guard let next = edges[node << 8 | Int(byte)] else { break }
        node = next
        if ends[node] >= 0 { longest = ends[node] }
      }
      return longest < 0 ? nil : Int(longest)
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
      match.lowerBound > range.lowerBound && ScalarProperty.word.holds(for: text.scalar(before: match.lowerBound))
        || match.upperBound < range.upperBound && ScalarProperty.word.holds(for: text.scalar(at: match.upperBound))
    }

  }
}
