/// Byte-pair encoding: a word's characters, of which neighbours merge (Sennrich et al., 2016).
struct BytePairEncoding: Sendable {
  let merges: MergeTable
  /// The token of each byte in the byte alphabet, where every word of GPT-2's starts from; ``Vocabulary/noToken`` for
  /// bytes that are left out, as `tokenizers` leaves out whatever its vocabulary lacks.
  let byteTokens: [TokenID]
  var options = Options()

  /// What other models do and GPT-2's does not.
  struct Options: Sendable {
    /// Stands for characters that the vocabulary lacks; nil where they are left out.
    var unknown: TokenID?
    /// Whether it stands for neighbours together.
    var fusesUnknown = false
    /// The tokens that stand for bytes of characters that the vocabulary lacks: "<0x41>".
    var fallbackTokens: [TokenID]?
    /// Whether a word that is a piece is that piece, even where merges would not lead there.
    var ignoresMerges = false
    /// How pieces are spelled that do not start a word, or that end it.
    var continuationPrefix: [UInt8] = []
    var endSuffix: [UInt8] = []
  }

  /// Whether a word of bytes in the byte alphabet is made of their tokens and merges alone.
  var isPlain: Bool {
    !options.ignoresMerges && options.continuationPrefix.isEmpty && options.endSuffix.isEmpty
      && (options.unknown == nil && options.fallbackTokens == nil || !byteTokens.contains(Vocabulary.noToken))
  }

  /// The tokens that a word starts from, given as it is spelled in the vocabulary.
  func symbols(of word: ArraySlice<UInt8>, _ vocabulary: Vocabulary) -> [TokenID] {
    var symbols: [TokenID] = []
    // Bytes that stand for a character do not end a run of unknown ones, as in `tokenizers`.
    var hasUnknown = false
    var start = word.startIndex
    while start < word.endIndex {
      let end = word[(start + 1)...].firstIndex { $0 & 0xC0 != 0x80 } ?? word.endIndex
      var spelling = Array(word[start..<end])
      if start > word.startIndex { spelling = options.continuationPrefix + spelling }
      if end == word.endIndex { spelling += options.endSuffix }
      start = end
      if let id = vocabulary.id(of: spelling) {
        if hasUnknown, let unknown = options.unknown { symbols.append(unknown) }
        hasUnknown = false
        symbols.append(id)
      } else if let tokens = options.fallbackTokens, spelling.allSatisfy({ tokens[Int($0)] != Vocabulary.noToken }) {
        for byte in spelling { symbols.append(tokens[Int(byte)]) }
      } else if let unknown = options.unknown {
        if hasUnknown && !options.fusesUnknown { symbols.append(unknown) }
        hasUnknown = true
      }
    }
    if hasUnknown, let unknown = options.unknown { symbols.append(unknown) }
    return symbols
  }
}
