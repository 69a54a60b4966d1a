internal import JSON

extension TokenizerDefinition {
  /// Reads `tokenizer.json`, the format of Hugging Face's `tokenizers`.
  ///
  /// Whatever would change the tokens and is not done here is refused; what transformers leaves out is left out
  /// (``TokenizerClass``).
  mutating func readTokenizer(_ bytes: [UInt8], file: String) throws(TokenizerError) {
    let root = try Self.object(bytes, file: file)
    try readModel(root["model"], file: file)
    if tokenizerClass.isAsItStands {
      try readNormalizer(root["normalizer"], file: file)
      try readPreTokenizer(root["pre_tokenizer"], file: file)
      try readDecoder(root["decoder"], file: file)
    }
    if case .t5 = tokenizerClass { try readT5(root, file: file) }
    try readPostProcessor(root["post_processor"], file: file)
    for (index, token) in (root["added_tokens"]?.array ?? []).enumerated() {
      try readAddedToken(token, id: token["id"] ?? .null, file: file, entry: "added_tokens[\(index)]")
    }
  }

  /// Reads an added token as `tokenizer.json` and `tokenizer_config.json` describe one.
  mutating func readAddedToken(_ json: JSON, id: JSON, file: String, entry: String) throws(TokenizerError) {
    guard let content = json["content"]?.string else {
      throw TokenizerError(file, entry, "expected an object whose \"content\" is a string")
    }
    let isSpecial = json["special"]?.boolean ?? false
    let token = AddedToken(
      content: content, id: try Self.tokenID(id, file: file, entry: entry), isSpecial: isSpecial,
      stripsLeft: json["lstrip"]?.boolean ?? false, stripsRight: json["rstrip"]?.boolean ?? false,
      isSingleWord: json["single_word"]?.boolean ?? false, isNormalized: json["normalized"]?.boolean ?? !isSpecial)
    try insert(token, file: file, entry: entry)
  }
}
