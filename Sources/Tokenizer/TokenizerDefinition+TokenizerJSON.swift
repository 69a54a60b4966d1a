internal import JSON

extension TokenizerDefinition {
  /// Reads `tokenizer.json`, the format of Hugging Face's `tokenizers`, where it describes a byte-level BPE.
  ///
  /// Whatever would change the tokens and is not done here is refused; what transformers leaves out is left out
  /// (``TokenizerClass``).
  mutating func readTokenizer(_ bytes: [UInt8], file: String) throws(TokenizerError) {
    let root = try Self.object(bytes, file: file)
    if tokenizerClass == .tokenizerJSON {
      try Self.require(root["normalizer"], isOneOf: [], file: file, entry: "normalizer")
      try Self.require(root["decoder"], isOneOf: ["ByteLevel"], file: file, entry: "decoder")
      try readPreTokenizer(root["pre_tokenizer"], file: file)
    }
    try readPostProcessor(root["post_processor"], file: file)
    try readModel(root["model"], file: file)
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

  private mutating func readPreTokenizer(_ json: JSON?, file: String) throws(TokenizerError) {
    guard var json, !json.isNull else {
      throw TokenizerError(file, "pre_tokenizer", "is missing; GPT-2's is \"ByteLevel\"")
    }
    if json["type"]?.string == "Sequence", let only = json["pretokenizers"]?.array, only.count == 1 { json = only[0] }
    try Self.require(json, isOneOf: ["ByteLevel"], file: file, entry: "pre_tokenizer")
    if json["use_regex"]?.boolean == false {
      throw TokenizerError(file, "pre_tokenizer.use_regex", "is false, but only GPT-2's own pattern is supported")
    }
    addsPrefixSpace = json["add_prefix_space"]?.boolean ?? true  // the default of `tokenizers`
  }

  /// Options of the model that would change the tokens.
  private static let modelOptions = [
    "dropout", "continuing_subword_prefix", "end_of_word_suffix", "byte_fallback", "ignore_merges",
  ]

  private mutating func readModel(_ json: JSON?, file: String) throws(TokenizerError) {
    guard let json, !json.isNull else { throw TokenizerError(file, "model", "is missing") }
    // Files from before 2020 do not name the type.
    if json["type"] != nil { try Self.require(json, isOneOf: ["BPE"], file: file, entry: "model") }
    let options = tokenizerClass == .gpt2 ? [] : Self.modelOptions
    for option in options {
      guard let value = json[option] else { continue }
      let isOff = value.isNull || value.boolean == false || value.number == 0 || value.string?.isEmpty == true
      if !isOff { throw TokenizerError(file, "model.\(option)", "is set, which GPT-2's tokenizer does not have") }
    }
    if tokenizerClass == .tokenizerJSON { unknownToken = json["unk_token"]?.string }
    guard let vocabulary = json["vocab"] else { throw TokenizerError(file, "model.vocab", "is missing") }
    try readVocabulary(vocabulary, file: file)
    guard let merges = json["merges"]?.array else {
      throw TokenizerError(file, "model.merges", "expected an array of merges")
    }
    try readMerges(merges, file: file)
  }

  /// Reads merges as `"a b"` or, since tokenizers 0.20, as `["a", "b"]`.
  private mutating func readMerges(_ array: [JSON], file: String) throws(TokenizerError) {
    merges.reserveCapacity(array.count)
    for (index, merge) in array.enumerated() {
      let pieces: [Substring.UTF8View] =
        if let text = merge.string {
          text.utf8.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
        } else { (merge.array ?? []).compactMap { $0.string.map { $0[...].utf8 } } }
      guard pieces.count == 2 else {
        throw TokenizerError(file, "model.merges[\(index)]", "expected two pieces, \"a b\" or [\"a\", \"b\"]")
      }
      try appendMerge(pieces[0], pieces[1], file: file, entry: "model.merges[\(index)]")
    }
  }

  /// Refuses a component whose type is none of those that GPT-2's tokenizer has.
  private static func require(
    _ component: JSON?, isOneOf supported: [String], file: String, entry: String
  ) throws(TokenizerError) {
    guard let component, !component.isNull else { return }
    let type = component["type"]?.string ?? component.kind
    if !supported.contains(type) {
      let expected = supported.isEmpty ? "none" : supported.map(TokenizerError.quote).joined(separator: " or ")
      throw TokenizerError(
        file, "\(entry).type", "\(TokenizerError.quote(type)) is not supported; GPT-2's tokenizer has \(expected)")
    }
  }
}
