internal import JSON

extension TokenizerDefinition {
  /// Reads `vocab.txt`: a piece a line, in the order of ids. White space at the ends of lines is left out, as in
  /// `tokenizers`.
  mutating func readWordPieces(_ bytes: [UInt8], file: String) throws(TokenizerError) {
    guard String(validating: bytes, as: UTF8.self) != nil else { throw TokenizerError(file, nil, "is not UTF-8") }
    var start = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
    var id = 0
    while start < bytes.count {
      var end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
      let next = end + 1
      while end > start, case let scalar = bytes.scalar(before: end), ScalarProperty.whiteSpace.holds(for: scalar) {
        end -= UTF8.width(scalar)
      }
      guard id < Vocabulary.maximumSize else {
        throw TokenizerError(file, "line \(id + 1)", "is one too many; at most \(Vocabulary.maximumSize) are supported")
      }
      try insertAnew(bytes[start..<end], id: TokenID(id), keepsOld: false, file: file, entry: "line \(id + 1)")
      id += 1
      start = next
    }
    modelKind = .wordPiece(prefix: Array("##".utf8), longestWord: 100)
  }

  /// Makes all but the vocabulary as `BertTokenizer` does, from `tokenizer_config.json`.
  mutating func makeBERT(_ configuration: JSON?, file: String) throws(TokenizerError) {
    modelKind = .wordPiece(prefix: Array("##".utf8), longestWord: 100)
    normalizer = .bert(
      BERTNormalizer(
        spacesChinese: configuration?["tokenize_chinese_chars"]?.boolean ?? true,
        stripsAccents: configuration?["strip_accents"]?.boolean,
        lowercases: configuration?["do_lower_case"]?.boolean ?? true))
    preTokenizer = .bert
    decoder = [.wordPiece(prefix: Array("##".utf8), cleansUp: true)]
    for role in SpecialTokenRole.allCases where specialTokens[role] == nil {
      guard let content = role.bertDefault else { continue }
      name(AddedToken(content: content, id: Vocabulary.noToken), role)
    }
    unknownToken = specialTokens[.unk]
  }

  /// Names the special tokens of a class where the files do not.
  mutating func nameTokens(_ token: (SpecialTokenRole) -> String?) {
    for role in SpecialTokenRole.allCases where specialTokens[role] == nil {
      if let content = token(role) { name(AddedToken(content: content, id: Vocabulary.noToken), role) }
    }
  }

  /// Names those of a class with rules of its own, but none that null says there is not.
  mutating func nameTokens(of rules: TokenizerRules, _ configuration: JSON?, file: String) throws(TokenizerError) {
    nameTokens { configuration?[$0.rawValue]?.isNull == true ? nil : rules.token(for: $0) }
    guard rules.hasUnknown else { return }
    unknownToken = specialTokens[.unk]
    guard let id = vocabulary.id(of: (unknownToken ?? "").utf8), !literalTokens.contains(id) else {
      let name = TokenizerError.quote(unknownToken ?? "unk_token")
      throw TokenizerError(file, nil, "lacks \(name), the token for unknown characters")
    }
  }

  /// Sets the tokens that BERT and RoBERTa put around every text.
  mutating func setTemplateOfRoles(file: String) throws(TokenizerError) {
    template = ([], [])
    for (role, isBefore) in [(SpecialTokenRole.cls, true), (.sep, false)] {
      let content = specialTokens[role] ?? ""
      guard let id = vocabulary.id(of: content.utf8) else {
        throw TokenizerError(
          file, nil, "lacks \(TokenizerError.quote(content)), which its class of tokenizers puts around texts")
      }
      if isBefore { template.before.append(id) } else { template.after.append(id) }
    }
  }
}
