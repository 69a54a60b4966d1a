internal import JSON

extension TokenizerDefinition {
  /// Reads `tokenizer.json`, the format of Hugging Face's `tokenizers`.
  ///
  /// Whatever would change the tokens and is not done here is refused; what transformers leaves out is left out
  /// (``TokenizerClass``).
  mutating func readTokenizer(_ bytes: [UInt8], file: String) throws(TokenizerError) {
    let root = try Self.object(bytes, file: file)
    try readModel(root["model"], file: file)
    switch tokenizerClass {
    case .tokenizerJSON: try readRules(root, file: file)
    case .rules(let rules): try readRules(rules.json, file: file)
    case .t5: try readT5(root, file: file)
    case .gpt2, .roberta, .bert, .unsupported: break
    }
    try readPostProcessor(root["post_processor"], file: file)
    if case .rules(let rules) = tokenizerClass, rules.leavesTextsAlone { template = ([], []) }
    for (index, token) in (root["added_tokens"]?.array ?? []).enumerated() {
      let entry = "added_tokens[\(index)]"
      fileTokens.append(try Self.declaredToken(token, id: token["id"] ?? .null, file: file, entry: entry))
    }
  }

  private mutating func readRules(_ json: JSON, file: String) throws(TokenizerError) {
    try readNormalizer(json["normalizer"], file: file)
    try readPreTokenizer(json["pre_tokenizer"], file: file)
    try readDecoder(json["decoder"], file: file)
  }
}
