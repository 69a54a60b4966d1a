/// What makes tokens of words.
enum Model: Sendable {
  case bytePair(BytePairEncoding)
  case wordPiece(WordPiece)
  case unigram(Unigram)
  /// Each word is a token, or the unknown one.
  case wordLevel(unknown: TokenID)
}

/// Makes tokens of the words of a text; a value to be kept over them, so that its buffers are.
struct WordEncoder {
  private let model: Model
  private let vocabulary: Vocabulary
  private var merger: PairMerger?

  init(_ model: Model, _ vocabulary: Vocabulary) {
    self.model = model
    self.vocabulary = vocabulary
    if case .bytePair(let model) = model { merger = PairMerger(merges: model.merges, byteTokens: model.byteTokens) }
  }

  mutating func encode(_ text: [UInt8], in range: Range<Int>, into ids: inout [TokenID]) {
    switch model {
    case .bytePair(let model):
      if model.options.ignoresMerges, let id = vocabulary.id(of: text[range]) {
        ids.append(id)
      } else {
        merger?.encode(model.symbols(of: text[range], vocabulary), into: &ids)
      }
    case .wordPiece(let model): model.encode(text, in: range, into: &ids)
    case .unigram(let model): model.encode(text, in: range, vocabulary, into: &ids)
    case .wordLevel(let unknown): ids.append(vocabulary.id(of: text[range]) ?? unknown)
    }
  }
}
