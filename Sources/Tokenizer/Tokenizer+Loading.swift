extension Tokenizer {
  /// Makes a tokenizer from its files: `tokenizer.json` where it is there, else `vocab.json` with `merges.txt`.
  ///
  /// - Parameters:
  ///   - files: The contents of the files.
  ///   - rowCount: The rows of the model's embedding: special tokens that have no id get the next ones below it.
  /// - Throws: ``TokenizerError``, naming the file and the entry, where the files do not describe a byte-level BPE.
  public init(files: TokenizerFiles, rowCount: Int = 0) throws(TokenizerError) {
    typealias Name = TokenizerFiles.Name
    let configuration = try files.configuration.map { bytes throws(TokenizerError) in
      try TokenizerDefinition.object(bytes, file: Name.configuration)
    }
    var definition = TokenizerDefinition(TokenizerClass(configuration: configuration))
    let source: String
    if let bytes = files.tokenizer {
      source = Name.tokenizer
      try definition.readTokenizer(bytes, file: source)
    } else {
      source = Name.vocabulary
      guard let vocabulary = files.vocabulary else {
        throw TokenizerError(Name.vocabulary, nil, "is missing, and there is no \(Name.tokenizer) in its place")
      }
      guard let merges = files.merges else {
        throw TokenizerError(Name.merges, nil, "is missing, though \(Name.vocabulary) is there")
      }
      let json = try TokenizerDefinition.object(vocabulary, file: Name.vocabulary)
      try definition.readVocabulary(json, file: Name.vocabulary)
      try definition.readMerges(merges, file: Name.merges)
      if let bytes = files.addedTokens { try definition.readAddedTokens(bytes, file: Name.addedTokens) }
    }
    definition.endOfText = definition.markSpecial("<|endoftext|>")
    if let bytes = files.specialTokensMap { try definition.readSpecialTokensMap(bytes, file: Name.specialTokensMap) }
    if let configuration {
      try definition.readConfiguration(configuration, file: Name.configuration, isAlone: files.tokenizer == nil)
    }
    try definition.addMissingSpecialTokens(rowCount: rowCount)
    try self.init(definition, source: source)
  }

  private init(_ definition: TokenizerDefinition, source: String) throws(TokenizerError) {
    byteTokens = ByteAlphabet.scalars.map { scalar in
      definition.vocabulary.id(of: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter) ?? Self.noToken
    }
    if let byte = byteTokens.firstIndex(of: Self.noToken) {
      let hexadecimal = String(byte, radix: 16, uppercase: true)
      let piece =
        "the vocabulary lacks the piece \(TokenizerError.quote(String(ByteAlphabet.scalars[byte]))), the byte "
        + "0x\(hexadecimal)"
      if let unknown = definition.unknownToken {
        throw TokenizerError(
          source, "model.unk_token", "is \(TokenizerError.quote(unknown)) and \(piece): such bytes are not supported")
      }
      if byteTokens.allSatisfy({ $0 == Self.noToken }) { throw TokenizerError(source, nil, piece) }
    }
    vocabulary = definition.vocabulary
    merges = definition.merges
    addedTokens = AddedTokens(Array(definition.addedTokens.values))
    literalTokens = definition.literalTokens
    addsPrefixSpace = definition.addsPrefixSpace
    (tokensBefore, tokensAfter) = definition.template
    endOfText = definition.endOfText
  }
}
