internal import JSON

extension TokenizerDefinition {
  /// Reads `tokenizer_config.json`.
  ///
  /// - Parameter isAlone: Whether there is no `tokenizer.json`, whose template would count instead.
  mutating func readConfiguration(_ root: JSON, file: String, isAlone: Bool) throws(TokenizerError) {
    // A tokenizer.json that counts as it stands has a prefix space of its own.
    if let addsPrefixSpace = root["add_prefix_space"]?.boolean { self.addsPrefixSpace = addsPrefixSpace }
    readCleanUp(root)
    splitsSpecialTokens = root["split_special_tokens"]?.boolean ?? false
    try readSpecialTokens(root, file: file)
    guard isAlone else { return }
    if root["add_bos_token"]?.boolean == true, names(.bos, in: root) {
      template.before = try tokens(of: .bos, file: file, entry: "add_bos_token")
    }
    if root["add_eos_token"]?.boolean == true, names(.eos, in: root) {
      template.after = try tokens(of: .eos, file: file, entry: "add_eos_token")
    }
  }

  /// Reads `special_tokens_map.json`.
  mutating func readSpecialTokensMap(_ bytes: [UInt8], file: String) throws(TokenizerError) {
    try readSpecialTokens(try Self.object(bytes, file: file), file: file)
  }

  /// `<|endoftext|>` is GPT-2's own, whether the files name it or not; others have it where it was added.
  mutating func markEndOfText() {
    let content = "<|endoftext|>"
    if case .gpt2 = tokenizerClass {
      endOfText = markSpecial(content)
    } else {
      endOfText = vocabulary.id(of: content.utf8).flatMap { addedTokens[$0] == nil ? nil : $0 }
    }
  }

  /// Makes a token special if the vocabulary has it.
  @discardableResult
  mutating func markSpecial(_ content: String) -> TokenID? {
    guard let id = vocabulary.id(of: content.utf8) else { return nil }
    addedTokens[id, default: AddedToken(content: content, id: id)].isSpecial = true
    return id
  }

  /// Gives special tokens that the vocabulary lacks the next ids, as transformers does, while the model has a row for
  /// them: transformers would give them more, and fail where a text holds one.
  mutating func addMissingSpecialTokens(rowCount: Int) throws(TokenizerError) {
    let named = SpecialTokenRole.allCases.compactMap { role in specialTokens[role].map { (role, $0) } }
    let all = named.map { (Optional($0.0), $0.1) } + additionalSpecialTokens.map { (nil, $0) }
    for (role, content) in all where vocabulary.id(of: content.utf8) == nil && !content.isEmpty {
      guard nextAddedID < min(rowCount, Vocabulary.maximumSize) else { return }
      let token = AddedToken(content: content, id: nextAddedID, isSpecial: true)
      try insert(
        token, file: TokenizerFiles.Name.specialTokensMap, entry: role?.rawValue ?? "additional_special_tokens")
      if role == .eos { endOfText = token.id }
    }
  }

  /// transformers cleans up what is no byte-pair encoding, and such only where a second member says so.
  private mutating func readCleanUp(_ root: JSON) {
    var isBytePair = false
    if case .bytePair = modelKind { isBytePair = true }
    if case .bert = tokenizerClass { isBytePair = false }
    let member = "clean_up_tokenization_spaces"
    cleansUp =
      root[member]?.boolean == true
      && (!isBytePair || root[member + "_for_bpe_even_though_it_will_corrupt_output"]?.boolean == true)
  }

  private mutating func readSpecialTokens(_ root: JSON, file: String) throws(TokenizerError) {
    for role in SpecialTokenRole.allCases {
      guard let content = try Self.content(of: root[role.rawValue], file: file, entry: role.rawValue) else { continue }
      specialTokens[role] = content
      let id = markSpecial(content)
      if role == .eos { endOfText = id ?? endOfText }
    }
    // transformers 5 calls them extra, and may give each a name.
    for name in ["additional_special_tokens", "extra_special_tokens"] {
      let tokens = root[name]?.array ?? root[name]?.members?.map(\.value) ?? []
      for (index, token) in tokens.enumerated() {
        guard let content = try Self.content(of: token, file: file, entry: "\(name)[\(index)]") else { continue }
        if markSpecial(content) == nil { additionalSpecialTokens.append(content) }
      }
    }
  }

  /// Whether there is a token for a purpose: where nothing is said, the class has one, but null is none.
  private func names(_ role: SpecialTokenRole, in root: JSON) -> Bool {
    specialTokens[role] != nil || root[role.rawValue]?.isNull != true
  }

  private func tokens(of role: SpecialTokenRole, file: String, entry: String) throws(TokenizerError) -> [TokenID] {
    let content = specialTokens[role] ?? "<|endoftext|>"  // the default of GPT2Tokenizer
    guard let id = vocabulary.id(of: content.utf8) else {
      throw TokenizerError(file, entry, "is true, but the vocabulary lacks \(TokenizerError.quote(content))")
    }
    return [id]
  }

  /// A token named by its text, or by an object with its text as `content`.
  private static func content(of json: JSON?, file: String, entry: String) throws(TokenizerError) -> String? {
    guard let json, !json.isNull else { return nil }
    guard let content = json.string ?? json["content"]?.string else {
      throw TokenizerError(file, entry, "expected a token's text, but found \(json.kind)")
    }
    return content
  }
}
