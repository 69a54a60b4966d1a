internal import JSON

extension TokenizerDefinition {
  /// The members that name a token for a purpose, in `special_tokens_map.json` and `tokenizer_config.json`.
  private static let roles = [
    "bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token",
  ]

  /// Reads `tokenizer_config.json`.
  mutating func readConfiguration(_ bytes: [UInt8], file: String) throws(TokenizerError) {
    let root = try Self.object(bytes, file: file)
    if let addsPrefixSpace = root["add_prefix_space"]?.boolean { self.addsPrefixSpace = addsPrefixSpace }
    for member in root["added_tokens_decoder"]?.members ?? [] {
      let entry = "added_tokens_decoder[\(TokenizerError.quote(member.key))]"
      guard let id = Int(member.key) else { throw TokenizerError(file, entry, "expected an id as the key") }
      try readAddedToken(member.value, id: .integer(id), file: file, entry: entry)
    }
    try readSpecialTokens(root, file: file)
  }

  /// Reads `special_tokens_map.json`.
  mutating func readSpecialTokensMap(_ bytes: [UInt8], file: String) throws(TokenizerError) {
    try readSpecialTokens(try Self.object(bytes, file: file), file: file)
  }

  /// Makes a token special if the vocabulary has it.
  ///
  /// One that it lacks is left out: `transformers` would give it a new id, for which the model has no embedding.
  @discardableResult
  mutating func markSpecial(_ content: String) -> TokenID? {
    guard let id = vocabulary.id(of: content.utf8) else { return nil }
    addedTokens[id, default: AddedToken(content: content, id: id)].isSpecial = true
    return id
  }

  private mutating func readSpecialTokens(_ root: JSON, file: String) throws(TokenizerError) {
    for role in Self.roles {
      guard let content = try Self.content(of: root[role], file: file, entry: role) else { continue }
      let id = markSpecial(content)
      if role == "eos_token" { endOfText = id ?? endOfText }
    }
    for (index, token) in (root["additional_special_tokens"]?.array ?? []).enumerated() {
      let entry = "additional_special_tokens[\(index)]"
      if let content = try Self.content(of: token, file: file, entry: entry) { markSpecial(content) }
    }
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
