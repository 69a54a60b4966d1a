extension Tokenizer {
  /// Makes a tokenizer from its files: `tokenizer.json` where it is there, else `vocab.json` with `merges.txt`.
  ///
  /// - Throws: ``TokenizerError``, naming the file and the entry, where the files do not describe a byte-level BPE.
  public init(files: TokenizerFiles) throws(TokenizerError) {
    typealias Name = TokenizerFiles.Name
    var definition = TokenizerDefinition()
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
    if let bytes = files.configuration { try definition.readConfiguration(bytes, file: Name.configuration) }
    try self.init(definition, source: source)
  }

  private init(_ definition: TokenizerDefinition, source: String) throws(TokenizerError) {
    byteTokens = try ByteAlphabet.scalars.enumerated().map { byte, scalar throws(TokenizerError) in
      guard let id = definition.vocabulary.id(of: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter) else {
        let hexadecimal = String(byte, radix: 16, uppercase: true)
        let piece = TokenizerError.quote(String(scalar))
        throw TokenizerError(source, nil, "the vocabulary lacks the piece \(piece), the byte 0x\(hexadecimal)")
      }
      return id
    }
    vocabulary = definition.vocabulary
    merges = definition.merges
    addedTokens = AddedTokens(Array(definition.addedTokens.values))
    literalTokens = definition.literalTokens
    addsPrefixSpace = definition.addsPrefixSpace
    endOfText = definition.endOfText
  }
}
