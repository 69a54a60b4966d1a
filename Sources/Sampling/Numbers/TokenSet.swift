/// A set of token ids: one bit a token, 32 to a word, as the kernels `Kernels/*/sampling*.cl` read it.
package struct TokenSet: Sendable, Hashable {
  /// Token `t` is bit `t % 32` of word `t / 32`.
  package private(set) var words: [UInt32]
  private let vocabularySize: Int

  /// The number of words for a vocabulary.
  package static func wordCount(vocabularySize: Int) -> Int { (vocabularySize + 31) / 32 }

  /// An empty set of a vocabulary's tokens.
  package init(vocabularySize: Int) {
    self.vocabularySize = vocabularySize
    words = Array(repeating: 0, count: Self.wordCount(vocabularySize: vocabularySize))
  }

  /// Puts a token into the set; an id outside the vocabulary is ignored.
  package mutating func insert(_ token: Int32) {
    guard token >= 0, token < vocabularySize else { return }
    words[Int(token) / 32] |= 1 << (UInt32(token) % 32)
  }

  /// Puts tokens into the set.
  package mutating func formUnion(_ tokens: some Sequence<Int32>) {
    for token in tokens { insert(token) }
  }

  /// Whether a token is in the set.
  package func contains(_ token: Int32) -> Bool {
    token >= 0 && token < vocabularySize && words[Int(token) / 32] >> (UInt32(token) % 32) & 1 == 1
  }

  /// Calls `body` with each token of the set, in order.
  func forEach(_ body: (Int) -> Void) {
    for (index, word) in words.enumerated() {
      var rest = word
      while rest != 0 {
        body(index * 32 + rest.trailingZeroBitCount)
        rest &= rest - 1
      }
    }
  }
}
