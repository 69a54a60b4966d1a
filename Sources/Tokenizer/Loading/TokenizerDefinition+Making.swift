extension TokenizerDefinition {
  /// The model of what was read.
  func model(source: String) throws(TokenizerError) -> Model {
    switch modelKind {
    case .bytePair: return .bytePair(try bytePairEncoding(source: source))
    case .wordPiece(let prefix, let longestWord):
      try checkPieces(source: source)
      return .wordPiece(
        WordPiece(vocabulary, unknown: try unknown(source: source), prefix: prefix, longestWord: longestWord))
    case .unigram(let scores, let unknown, let fallsBackToBytes):
      try checkPieces(source: source)
      return .unigram(
        Unigram(
          vocabulary, scores: scores, unknown: unknown, byteTokens: fallsBackToBytes ? fallbackTokens : nil))
    case .wordLevel: return .wordLevel(unknown: try unknown(source: source))
    }
  }

  private func unknown(source: String) throws(TokenizerError) -> TokenID {
    let token = unknownToken ?? ""
    guard let id = vocabulary.id(of: token.utf8) else {
      throw TokenizerError(source, nil, "lacks \(TokenizerError.quote(token)), the token for unknown words")
    }
    return id
  }

  private func checkPieces(source: String) throws(TokenizerError) {
    var byteCount = 0
    for (id, piece) in vocabulary.pieces {
      byteCount += piece.count
      if piece.count > PieceTrie.maximumPieceByteCount {
        throw TokenizerError(
          source, "the piece with the id \(id)",
          "has \(piece.count) bytes; at most \(PieceTrie.maximumPieceByteCount) are supported")
      }
    }
    if byteCount > PieceTrie.maximumByteCount {
      throw TokenizerError(
        source, nil, "has pieces of \(byteCount) bytes; at most \(PieceTrie.maximumByteCount) are supported")
    }
  }

  private func bytePairEncoding(source: String) throws(TokenizerError) -> BytePairEncoding {
    let byteTokens = ByteAlphabet.scalars.map { vocabulary.id(of: [UInt8](scalars: [$0])) ?? Vocabulary.noToken }
    if isMadeAnew, byteTokens.allSatisfy({ $0 == Vocabulary.noToken }) {
      let piece = TokenizerError.quote(String(ByteAlphabet.scalars[0]))
      throw TokenizerError(source, nil, "the vocabulary lacks the piece \(piece), the byte 0x0, and all other bytes")
    }
    var options = bytePairOptions
    options.unknown = unknownToken.flatMap { vocabulary.id(of: $0.utf8) }
    return BytePairEncoding(merges: merges, byteTokens: byteTokens, options: options)
  }
}
