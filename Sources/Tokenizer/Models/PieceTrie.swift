/// Pieces by their bytes: which of them start at a place of a text.
struct PieceTrie: Sendable {
  /// By a node, above eight bits, and the byte that follows, the next node.
  private var edges: [UInt32: UInt32] = [:]
  /// By its node, the token that ends there, or none.
  private var ends: [TokenID] = [Vocabulary.noToken]

  /// All bytes, and those of one piece: they bound the memory, and the time at each place of a text.
  static let maximumByteCount = 1 << 24 - 1
  static let maximumPieceByteCount = 1024

  mutating func insert(_ piece: some Sequence<UInt8>, id: TokenID) {
    var node: UInt32 = 0
    for byte in piece {
      let edge = node << 8 | UInt32(byte)
      if let next = edges[edge] {
        node = next
      } else {
        edges[edge] = UInt32(ends.count)
        node = UInt32(ends.count)
        ends.append(Vocabulary.noToken)
      }
    }
    ends[Int(node)] = id
  }

  /// Calls `body` for each piece that starts at a place of a text, the shortest first.
  func forEachPiece(in text: [UInt8], _ range: Range<Int>, _ body: (_ end: Int, _ id: TokenID) -> Void) {
    var node: UInt32 = 0
    for index in range {
      guard let next = edges[node << 8 | UInt32(text[index])] else { return }
      node = next
      if ends[Int(node)] != Vocabulary.noToken { body(index + 1, ends[Int(node)]) }
    }
  }
}
