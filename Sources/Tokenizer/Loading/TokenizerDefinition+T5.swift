internal import JSON

extension TokenizerDefinition {
  /// transformers' T5Tokenizer takes this piece for unknown characters, whatever the file says.
  private static let unknownT5: TokenID = 2

  /// Reads `spiece.model`, with the sentinels behind its pieces, the last first.
  mutating func readSentencePieces(_ bytes: [UInt8], _ configuration: JSON?, file: String) throws(TokenizerError) {
    let model: SentencePieceModel
    do throws(ProtobufReader.Malformed) {
      model = try SentencePieceModel(bytes)
    } catch {
      throw TokenizerError(file, "byte \(error.offset)", "is no model of SentencePiece, or is damaged")
    }
    var scores: [Double] = []
    for (index, piece) in model.pieces.enumerated() {
      let entry = "piece \(index)"
      try insertAnew(piece.text, id: TokenID(index), keepsOld: true, file: file, entry: entry)
      scores.append(Double(piece.score))
      if piece.kind == .control || piece.kind == .userDefined {
        let content = String(decoding: piece.text, as: UTF8.self)
        let token = AddedToken(content: content, id: TokenID(index), isSpecial: piece.kind == .control)
        try insert(token, file: file, entry: entry)
      }
    }
    for content in try Self.sentinels(configuration).reversed() {
      let id = TokenID(scores.count)
      try insertAnew(content.utf8, id: id, keepsOld: true, file: file, entry: content)
      scores.append(0)
    }
    literalTokens = []
    try readCharacterMap(model.characterMap, file: file, entry: "precompiled_charsmap")
    try setUnigram(scores, file: file)
  }

  /// Reads the pieces of a `tokenizer.json` that T5Tokenizer makes anew, and the map of characters in its normalizer.
  mutating func readT5(_ root: JSON, file: String) throws(TokenizerError) {
    guard case .unigram(let scores, _, _) = modelKind else { return }
    let normalizer = root["normalizer"] ?? .null
    for step in normalizer["normalizers"]?.array ?? [normalizer] {
      guard let text = step["precompiled_charsmap"]?.string else { continue }
      let entry = "normalizer.precompiled_charsmap"
      guard let bytes = Base64.decode(text) else { throw TokenizerError(file, entry, "is not base64") }
      try readCharacterMap(bytes, file: file, entry: entry)
      break
    }
    try setUnigram(scores, file: file)
  }

  /// Names the special tokens that T5Tokenizer has.
  mutating func makeT5(_ configuration: JSON?) throws(TokenizerError) {
    for (role, content) in [(SpecialTokenRole.eos, "</s>"), (.unk, "<unk>"), (.pad, "<pad>")]
    where specialTokens[role] == nil {
      name(AddedToken(content: content, id: Vocabulary.noToken), role)
    }
    for content in try Self.sentinels(configuration)
    where markSpecial(AddedToken(content: content, id: Vocabulary.noToken)) == nil {
      additionalSpecialTokens.append(content)
    }
  }

  /// Sets the token that T5Tokenizer puts behind every text.
  mutating func setT5Template(file: String) throws(TokenizerError) {
    let content = specialTokens[.eos] ?? "</s>"
    guard let id = vocabulary.id(of: content.utf8) else {
      throw TokenizerError(
        file, nil, "lacks \(TokenizerError.quote(content)), which T5's tokenizer puts behind every text")
    }
    template = ([], [id])
  }

  private mutating func setUnigram(_ scores: [Double], file: String) throws(TokenizerError) {
    guard scores.count > Self.unknownT5 else {
      throw TokenizerError(file, nil, "has \(scores.count) pieces; T5's tokenizer needs at least 3")
    }
    modelKind = .unigram(scores, unknown: Self.unknownT5, fallsBackToBytes: false)
    preTokenizer = .sequence([.whitespaceSplit, .metaspace(Metaspace())])
    decoder = [.metaspace("▁", dropsFirst: true)]
  }

  private mutating func readCharacterMap(_ bytes: [UInt8], file: String, entry: String) throws(TokenizerError) {
    if bytes.isEmpty { return }
    guard let map = PrecompiledMap(bytes) else { throw TokenizerError(file, entry, "is not a map of characters") }
    guard map.growth <= Growth.maximum else {
      throw TokenizerError(file, entry, "makes texts more than \(Int(Growth.maximum)) times longer")
    }
    normalizer = .precompiled(map)
  }

  /// The tokens `<extra_id_0>`, …: a hundred unless `tokenizer_config.json` says otherwise.
  private static func sentinels(_ configuration: JSON?) throws(TokenizerError) -> [String] {
    guard let count = configuration?["extra_ids"] else { return (0..<100).map { "<extra_id_\($0)>" } }
    guard let count = count.integer, (0...10_000).contains(count) else {
      throw TokenizerError(TokenizerFiles.Name.configuration, "extra_ids", "expected a whole number from 0 to 10000")
    }
    return (0..<count).map { "<extra_id_\($0)>" }
  }
}
