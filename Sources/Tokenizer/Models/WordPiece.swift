/// BERT's model: of the pieces that a word may go on with, the longest (google-research/bert, `tokenization.py`).
struct WordPiece: Sendable {
  /// Stands for a word that is not made of pieces, or is too long.
  let unknown: TokenID
  /// How pieces begin that do not start a word.
  let prefix: [UInt8]
  private let longestWord: Int
  private var starts = PieceTrie()
  private var continuations = PieceTrie()

  init(_ vocabulary: Vocabulary, unknown: TokenID, prefix: [UInt8] = Array("##".utf8), longestWord: Int = 100) {
    self.unknown = unknown
    self.prefix = prefix
    self.longestWord = longestWord
    for (id, piece) in vocabulary.pieces {
      starts.insert(piece, id: id)
      if piece.starts(with: prefix) { continuations.insert(piece.dropFirst(prefix.count), id: id) }
    }
  }

  /// Appends the tokens of one word.
  func encode(_ text: [UInt8], in range: Range<Int>, into ids: inout [TokenID]) {
    let first = ids.count
    let isTooLong = range.count > longestWord && text[range].count { $0 & 0xC0 != 0x80 } > longestWord
    var position = range.lowerBound
    while !isTooLong && position < range.upperBound {
      let trie = position == range.lowerBound ? starts : continuations
      var longest: (end: Int, id: TokenID)?
      trie.forEachPiece(in: text, position..<range.upperBound) { longest = ($0, $1) }
      guard let longest else { break }
      ids.append(longest.id)
      position = longest.end
    }
    if position < range.upperBound {
      ids.removeSubrange(first...)
      ids.append(unknown)
    }
  }
}
