internal import JSON

extension Tokenizer {
  /// Makes a tokenizer from its files: `tokenizer.json` where it is there, else `vocab.json` with `merges.txt`,
  /// `vocab.txt` or `spiece.model`.
  ///
  /// - Parameters:
  ///   - files: The contents of the files.
  ///   - rowCount: The rows of the model's embedding: special tokens that have no id get the next ones below it.
  /// - Throws: ``TokenizerError``, naming the file and the entry, where the files describe no tokenizer that is known.
  public init(files: TokenizerFiles, rowCount: Int = 0) throws(TokenizerError) {
    typealias Name = TokenizerFiles.Name
    let configuration = try Self.object(files.configuration, file: Name.configuration)
    let modelConfiguration = try Self.object(files.modelConfiguration, file: Name.modelConfiguration)
    var definition = TokenizerDefinition(
      TokenizerClass(configuration: configuration, modelConfiguration: modelConfiguration, files: files))
    let source = try definition.readVocabulary(files, configuration)
    try definition.enterAddedTokens(files, configuration)
    definition.findEndOfText()
    if let configuration { try definition.readConfiguration(configuration, file: Name.configuration) }
    // Where the newer file lists tokens, the older does not count; where it does not, the older has precedence.
    if let bytes = files.specialTokensMap, configuration?["added_tokens_decoder"]?.members == nil {
      try definition.readSpecialTokensMap(bytes, file: Name.specialTokensMap)
    }
    switch definition.tokenizerClass {
    case .gpt2: definition.nameGPT2Tokens(configuration)
    case .bert: try definition.makeBERT(configuration, file: Name.configuration)
    case .t5: try definition.makeT5(configuration)
    case .roberta: definition.nameTokens { $0.robertaDefault }
    case .rules(let rules): try definition.nameTokens(of: rules, configuration, file: source)
    case .tokenizerJSON, .unsupported: break
    }
    try definition.addMissingSpecialTokens(rowCount: rowCount)
    if let configuration, files.tokenizer == nil {
      try definition.setTemplate(of: configuration, file: Name.configuration)
    }
    switch definition.tokenizerClass {
    case .bert, .roberta: try definition.setTemplateOfRoles(file: source)
    case .t5: try definition.setT5Template(file: source)
    case .gpt2, .rules, .tokenizerJSON, .unsupported: break
    }
    try self.init(definition, source: source)
  }

  private static func object(_ bytes: [UInt8]?, file: String) throws(TokenizerError) -> JSON? {
    guard let bytes else { return nil }
    return try TokenizerDefinition.object(bytes, file: file)
  }

  private init(_ definition: TokenizerDefinition, source: String) throws(TokenizerError) {
    let normalizer = definition.normalizer
    vocabulary = definition.vocabulary
    model = try definition.model(source: source)
    self.normalizer = normalizer
    preTokenizer =
      definition.isMadeAnew
      ? .byteLevel(addsPrefixSpace: definition.addsPrefixSpace, usesPattern: true) : definition.preTokenizer
    decoder = DecoderChain(definition.decoder + (definition.cleansUp ? [.cleanUp] : []))
    addedTokens = AddedTokens(Array(definition.addedTokens.values)) { text in normalizer?.apply(to: text) ?? text }
    literalTokens = definition.literalTokens
    (tokensBefore, tokensAfter) = definition.template
    splitsSpecialTokens = definition.splitsSpecialTokens
    endOfText = definition.endOfText
    plainPrefixSpace = Self.plainPrefixSpace(normalizer, preTokenizer, model)
  }

  /// Whether a space precedes each stretch of text, of a tokenizer that is GPT-2's in all else; nil for others.
  private static func plainPrefixSpace(
    _ normalizer: Normalizer?, _ preTokenizer: PreTokenizer?, _ model: Model
  ) -> Bool? {
    guard normalizer == nil, case .byteLevel(let addsPrefixSpace, true) = preTokenizer,
      case .bytePair(let model) = model,
      model.isPlain
    else { return nil }
    return addsPrefixSpace
  }
}

extension TokenizerDefinition {
  /// Reads the files with the vocabulary; returns the name of the first.
  fileprivate mutating func readVocabulary(
    _ files: TokenizerFiles, _ configuration: JSON?
  ) throws(TokenizerError) -> String {
    typealias Name = TokenizerFiles.Name
    // Of pieces of SentencePiece more is said below.
    if case .unsupported(let name) = tokenizerClass,
      files.tokenizer != nil || files.sentencePieces == nil || files.vocabulary != nil
    {
      throw unsupported(
        name,
        nextStep: files.tokenizer == nil ? "" : "; \"PreTrainedTokenizerFast\" reads \(Name.tokenizer) as it stands")
    }
    if let bytes = files.tokenizer {
      try readTokenizer(bytes, file: Name.tokenizer)
      return Name.tokenizer
    }
    if case .bert = tokenizerClass, let bytes = files.wordPieces {
      try readWordPieces(bytes, file: Name.wordPieces)
      return Name.wordPieces
    }
    if let bytes = files.sentencePieces, files.vocabulary == nil {
      guard case .t5 = tokenizerClass else {
        throw TokenizerError(
          Name.sentencePieces, nil,
          "is read as T5Tokenizer does alone; write a \(Name.tokenizer) with transformers' save_pretrained")
      }
      try readSentencePieces(bytes, configuration, file: Name.sentencePieces)
      return Name.sentencePieces
    }
    guard let vocabulary = files.vocabulary else {
      throw TokenizerError(Name.vocabulary, nil, "is missing, and there is no \(Name.tokenizer) in its place")
    }
    guard let merges = files.merges else {
      throw TokenizerError(Name.merges, nil, "is missing, though \(Name.vocabulary) is there")
    }
    if case .rules(let rules) = tokenizerClass {
      throw unsupported(
        rules.kind.rawValue, nextStep: "; write a \(Name.tokenizer) with transformers' save_pretrained")
    }
    try readVocabulary(try Self.object(vocabulary, file: Name.vocabulary), file: Name.vocabulary)
    try readMerges(merges, file: Name.merges)
    isMadeAnew = true
    return Name.vocabulary
  }

  private func unsupported(_ name: String, nextStep: String) -> TokenizerError {
    TokenizerError(
      TokenizerFiles.Name.configuration, "tokenizer_class",
      "\(TokenizerError.quote(name)) cuts texts by rules of its own, which are not supported\(nextStep)")
  }
}
