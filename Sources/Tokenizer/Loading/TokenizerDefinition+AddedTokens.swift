internal import JSON

/// An added token as a file declares it, and where.
struct DeclaredToken {
  var token: AddedToken
  var file: String
  var entry: String
}

extension TokenizerDefinition {
  /// Reads an added token as `tokenizer.json` and `tokenizer_config.json` describe one.
  static func declaredToken(_ json: JSON, id: JSON, file: String, entry: String) throws(TokenizerError) -> DeclaredToken
  {
    guard let content = json["content"]?.string else {
      throw TokenizerError(file, entry, "expected an object whose \"content\" is a string")
    }
    let isSpecial = json["special"]?.boolean ?? false
    let token = AddedToken(
      content: content, id: try tokenID(id, file: file, entry: entry), isSpecial: isSpecial,
      stripsLeft: json["lstrip"]?.boolean ?? false, stripsRight: json["rstrip"]?.boolean ?? false,
      isSingleWord: json["single_word"]?.boolean ?? false, isNormalized: json["normalized"]?.boolean ?? !isSpecial)
    return DeclaredToken(token: token, file: file, entry: entry)
  }

  /// Reads `added_tokens.json`: an object from tokens to ids.
  static func declaredTokens(_ bytes: [UInt8], file: String) throws(TokenizerError) -> [DeclaredToken] {
    var tokens: [DeclaredToken] = []
    for member in try object(bytes, file: file).members ?? [] {
      let entry = "entry \(TokenizerError.quote(member.key))"
      let id = try tokenID(member.value, file: file, entry: entry)
      let token = AddedToken(content: member.key, id: id, isNormalized: true)
      tokens.append(DeclaredToken(token: token, file: file, entry: entry))
    }
    return tokens
  }

  /// Reads `added_tokens_decoder` of `tokenizer_config.json`; nil where that is not there.
  static func declaredTokens(of configuration: JSON?, file: String) throws(TokenizerError) -> [DeclaredToken]? {
    guard let members = configuration?["added_tokens_decoder"]?.members else { return nil }
    var tokens: [DeclaredToken] = []
    for member in members {
      let entry = "added_tokens_decoder[\(TokenizerError.quote(member.key))]"
      guard let id = Int(member.key) else { throw TokenizerError(file, entry, "expected an id as the key") }
      tokens.append(try declaredToken(member.value, id: .integer(id), file: file, entry: entry))
    }
    return tokens
  }

  /// Enters the added tokens as transformers does: where `tokenizer_config.json` lists them, `tokenizer.json` and
  /// `added_tokens.json` count only where the former is read as it stands. Ids only give their order: a piece that the
  /// vocabulary has keeps its id, others get the next.
  mutating func enterAddedTokens(_ files: TokenizerFiles, _ configuration: JSON?) throws(TokenizerError) {
    typealias Name = TokenizerFiles.Name
    if case .unigram(let scores, _, _) = modelKind {
      nextAddedID = TokenID(scores.count)
    } else {
      nextAddedID = TokenID(vocabulary.count)
    }
    let listed = try Self.declaredTokens(of: configuration, file: Name.configuration)
    let older = try files.addedTokens.map { bytes throws(TokenizerError) in
      try Self.declaredTokens(bytes, file: Name.addedTokens)
    }
    if case .tokenizerJSON = tokenizerClass {
      for token in fileTokens { try insert(token) }
      // Those of other files come behind these, also where a vocabulary with holes has pieces behind its count.
      nextAddedID = max(nextAddedID, (addedTokens.keys.max() ?? -1) + 1)
    }
    var byID: [TokenID: DeclaredToken] = [:]
    for token in listed ?? (older ?? []) + fileTokens { byID[token.token.id] = token }
    for (_, token) in byID.sorted(by: { $0.key < $1.key }) { try insert(token) }
  }

  private mutating func insert(_ token: DeclaredToken) throws(TokenizerError) {
    guard !token.token.content.isEmpty else { return }
    var added = token.token
    added.id = vocabulary.id(of: added.content.utf8) ?? nextAddedID
    try insert(added, file: token.file, entry: token.entry)
  }
}
