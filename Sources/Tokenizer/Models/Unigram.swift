/// SentencePiece's unigram model: of all ways to make a text of pieces, the one with the largest sum of scores
/// (Kudo, "Subword Regularization", 2018).
struct Unigram: Sendable {
  /// Stands for characters that no piece is.
  let unknown: TokenID
  /// By id.
  private let scores: [Double]
  private let unknownScore: Double
  /// The tokens that stand for bytes of unknown characters, where all are there and asked for.
  private let byteTokens: [TokenID]?
  private var trie = PieceTrie()

  private static let unknownPenalty = 10.0

  init(_ vocabulary: Vocabulary, scores: [Double], unknown: TokenID, byteTokens: [TokenID]?) {
    self.unknown = unknown
    self.scores = scores
    self.byteTokens = byteTokens
    unknownScore = (scores.min() ?? 0) - Self.unknownPenalty
    for (id, piece) in vocabulary.pieces where scores.indices.contains(Int(id)) { trie.insert(piece, id: id) }
  }

  /// The end of a way through the text.
  private struct Node {
    var score = 0.0
    /// Where its last piece starts; -1 where no way ends.
    var start = -1
    var id = Vocabulary.noToken
  }

  /// Appends the tokens of one word; unknown characters that are neighbours become one.
  func encode(_ text: [UInt8], in range: Range<Int>, _ vocabulary: Vocabulary, into ids: inout [TokenID]) {
    let nodes = bestWays(text, range)
    var pieces: [(range: Range<Int>, id: TokenID)] = []
    var end = range.upperBound
    while end > range.lowerBound {
      let node = nodes[end - range.lowerBound]
      if node.id == unknown, let next = pieces.last, next.id == unknown {
        pieces[pieces.count - 1].range = node.start..<next.range.upperBound
      } else {
        pieces.append((node.start..<end, node.id))
      }
      end = node.start
    }
    for piece in pieces.reversed() {
      if piece.id == unknown { append(unknown: text[piece.range], vocabulary, to: &ids) } else { ids.append(piece.id) }
    }
  }

  /// Characters that no piece is may still be one together, such as a token that was added.
  private func append(unknown text: ArraySlice<UInt8>, _ vocabulary: Vocabulary, to ids: inout [TokenID]) {
    if let id = vocabulary.id(of: text), scores.indices.contains(Int(id)) {
      ids.append(id)
    } else if let byteTokens, text.allSatisfy({ byteTokens[Int($0)] != Vocabulary.noToken }) {
      for byte in text { ids.append(byteTokens[Int(byte)]) }
    } else {
      ids.append(unknown)
    }
  }

  /// By the place in the range, the best way that ends there.
  private func bestWays(_ text: [UInt8], _ range: Range<Int>) -> [Node] {
    var nodes = [Node](repeating: Node(), count: range.count + 1)
    var position = range.lowerBound
    while position < range.upperBound {
      let base = nodes[position - range.lowerBound].score
      let next = position + UTF8.width(text.scalar(at: position))
      var hasCharacter = false
      func end(_ end: Int, _ id: TokenID, score: Double) {
        let index = end - range.lowerBound
        if nodes[index].start < 0 || base + score > nodes[index].score {
          nodes[index] = Node(score: base + score, start: position, id: id)
        }
      }
      trie.forEachPiece(in: text, position..<range.upperBound) { place, id in
        end(place, id, score: scores[Int(id)])
        if place == next { hasCharacter = true }
      }
      if !hasCharacter { end(next, unknown, score: unknownScore) }
      position = next
    }
    return nodes
  }
}
