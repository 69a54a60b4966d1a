internal import JSON

extension TokenizerDefinition {
  /// Reads `tokenizer_config.json`, but for its added tokens.
  mutating func readConfiguration(_ root: JSON, file: String) throws(TokenizerError) {
    // A tokenizer.json that counts as it stands has a prefix space of its own.
    if let addsPrefixSpace = root["add_prefix_space"]?.boolean { self.addsPrefixSpace = addsPrefixSpace }
    readCleanUp(root)
    splitsSpecialTokens = root["split_special_tokens"]?.boolean ?? false
    try readSpecialTokens(root, file: file, isMap: false)
  }

  /// Sets the tokens that `tokenizer_config.json` puts around texts where there is no `tokenizer.json`, whose template
  /// would count instead.
  mutating func setTemplate(of root: JSON, file: String) throws(TokenizerError) {
    if root["add_bos_token"]?.boolean == true, names(.bos, in: root) {
      template.before = try tokens(of: .bos, file: file, entry: "add_bos_token")
    }
    if root["add_eos_token"]?.boolean == true, names(.eos, in: root) {
      template.after = try tokens(of: .eos, file: file, entry: "add_eos_token")
    }
  }

  /// Reads `special_tokens_map.json`.
  mutating func readSpecialTokensMap(_ bytes: [UInt8], file: String) throws(TokenizerError) {
    try readSpecialTokens(try Self.object(bytes, file: file), file: file, isMap: true)
  }

  private static let gpt2EndOfText = "<|endoftext|>"

  /// `<|endoftext|>` is GPT-2's own, whether the files name it or not; others have it where it was added.
  mutating func findEndOfText() {
    endOfText = vocabulary.id(of: Self.gpt2EndOfText.utf8)
    if case .gpt2 = tokenizerClass { return }
    endOfText = endOfText.flatMap { addedTokens[$0] == nil ? nil : $0 }
  }

  /// Of GPT-2's class it begins and ends texts and stands for what is unknown, but where null says that nothing does.
  mutating func nameGPT2Tokens(_ configuration: JSON?) {
    nameTokens { role in
      [.bos, .eos, .unk].contains(role) && configuration?[role.rawValue]?.isNull != true ? Self.gpt2EndOfText : nil
    }
  }

  /// Makes a token special if the vocabulary has it; how it is matched counts where no list of added tokens has it.
  @discardableResult
  mutating func markSpecial(_ token: AddedToken) -> TokenID? {
    guard let id = vocabulary.id(of: token.content.utf8) else { return nil }
    var token = token
    token.id = id
    addedTokens[id, default: token].isSpecial = true
    return id
  }

  /// Gives special tokens that the vocabulary lacks the next ids, as transformers does, while the model has a row for
  /// them: transformers would give them more, and fail where a text holds one.
  mutating func addMissingSpecialTokens(rowCount: Int) throws(TokenizerError) {
    let named = SpecialTokenRole.allCases.compactMap { role in specialTokens[role].map { (role, $0) } }
    let all = named.map { (Optional($0.0), $0.1) } + (modelTokens + additionalSpecialTokens).map { (nil, $0) }
    for (role, content) in all where vocabulary.id(of: content.utf8) == nil && !content.isEmpty {
      guard nextAddedID < min(rowCount, Vocabulary.maximumSize) else { return }
      var token = namedTokens[Array(content.utf8)] ?? AddedToken(content: content, id: nextAddedID)
      token.id = nextAddedID
      token.isSpecial = true
      try insert(
        token, file: TokenizerFiles.Name.specialTokensMap, entry: role?.rawValue ?? "additional_special_tokens")
      if specialTokens[.eos].map({ $0.utf8.elementsEqual(content.utf8) }) == true { endOfText = token.id }
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

  private mutating func readSpecialTokens(_ root: JSON, file: String, isMap: Bool) throws(TokenizerError) {
    for role in SpecialTokenRole.allCases {
      guard let token = try Self.token(root[role.rawValue], file: file, entry: role.rawValue) else { continue }
      name(token, role, isObject: root[role.rawValue]?.string == nil)
    }
    try readNamedTokens(root, file: file, isMap: isMap)

    let (extra, additional) = ("extra_special_tokens", "additional_special_tokens")
    // The older list counts where there is no newer one, in this file and in the one that was read before.
    let isNewer = root[extra]?.array.map { isMap || !$0.isEmpty } ?? false
    let list = isNewer ? extra : additional
    let tokens = isNewer || !listsSpecialTokens ? root[list]?.array ?? [] : []
    listsSpecialTokens = listsSpecialTokens || root[additional] != nil || root[extra]?.array != nil
    for (index, json) in tokens.enumerated() {
      guard let token = try Self.token(json, file: file, entry: "\(list)[\(index)]") else { continue }
      namedTokens[Array(token.content.utf8)] = token
      if markSpecial(token) == nil { additionalSpecialTokens.append(token.content) }
    }
  }

  /// Reads the special tokens of a model's own, such as `image_token`: all whose names end so, and the objects of such.
  private mutating func readNamedTokens(_ root: JSON, file: String, isMap: Bool) throws(TokenizerError) {
    var members = (root.members ?? []).filter { member in
      let name = member.key.utf8
      return name.reversed().starts(with: "_token".utf8.reversed())
        && !SpecialTokenRole.allCases.contains { $0.rawValue.utf8.elementsEqual(name) }
        && (member.value.string != nil || isMap && member.value.members != nil
          || member.value["__type"]?.string == "AddedToken")
    }
    let count = members.count
    members += root["extra_special_tokens"]?.members ?? []
    if members.isEmpty, !isMap { members = root["model_specific_special_tokens"]?.members ?? [] }
    var first: [String] = []
    for (index, member) in members.enumerated() {
      // That of tokenizer_config.json has precedence.
      guard modelTokenNames.insert(Array(member.key.utf8)).inserted else { continue }
      guard let token = try Self.token(member.value, file: file, entry: TokenizerError.quote(member.key)) else {
        continue
      }
      namedTokens[Array(token.content.utf8)] = token
      if markSpecial(token) != nil { continue }
      // Those of the map come first: transformers meets them last, but takes the others as a group behind them.
      if isMap, index < count { first.append(token.content) } else { modelTokens.append(token.content) }
    }
    modelTokens = first + modelTokens
  }

  /// Names the token for a purpose.
  mutating func name(_ token: AddedToken, _ role: SpecialTokenRole, isObject: Bool = false) {
    var token = token
    if role == .mask, !isObject, tokenizerClass.hasWideMask { token.stripsLeft = true }
    specialTokens[role] = token.content
    namedTokens[Array(token.content.utf8)] = token
    let id = markSpecial(token)
    if role == .eos { endOfText = id ?? endOfText }
  }

  /// Whether there is a token for a purpose: where nothing is said, the class has one, but null is none.
  private func names(_ role: SpecialTokenRole, in root: JSON) -> Bool {
    specialTokens[role] != nil || root[role.rawValue]?.isNull != true
  }

  private func tokens(of role: SpecialTokenRole, file: String, entry: String) throws(TokenizerError) -> [TokenID] {
    let content = specialTokens[role] ?? Self.gpt2EndOfText
    guard let id = vocabulary.id(of: content.utf8) else {
      throw TokenizerError(file, entry, "is true, but the vocabulary lacks \(TokenizerError.quote(content))")
    }
    return [id]
  }

  /// A token named by its text, or by an object with its text as `content`.
  private static func token(_ json: JSON?, file: String, entry: String) throws(TokenizerError) -> AddedToken? {
    guard let json, !json.isNull else { return nil }
    guard let content = json.string ?? json["content"]?.string else {
      throw TokenizerError(file, entry, "expected a token's text, but found \(json.kind)")
    }
    return AddedToken(
      content: content, id: Vocabulary.noToken, stripsLeft: json["lstrip"]?.boolean ?? false,
      stripsRight: json["rstrip"]?.boolean ?? false, isSingleWord: json["single_word"]?.boolean ?? false,
      isNormalized: json["normalized"]?.boolean ?? false)
  }
}
