import Testing

@testable import Tokenizer

/// What `tokenizer_config.json` decides, as transformers 5.23.
@Suite struct TokenizerClassTests {
  private let plain = Result { try Tokenizer(files: SmallTokenizer.files()) }

  /// `vocab.json`, `merges.txt` and two added tokens, 268 and 269.
  private func files(_ configuration: String) -> TokenizerFiles {
    var files = SmallTokenizer.files()
    files.configuration = Array(configuration.utf8)
    files.addedTokens = Array(#"{"<s>": 268, "</s>": 269}"#.utf8)
    return files
  }

  private func files(class name: String, _ more: String = "") -> TokenizerFiles {
    files(#"{"tokenizer_class": "\#(name)"\#(more)}"#)
  }

  /// Words that were added as such are tokens all the same.
  @Test func specialTokensMayBeOrdinaryText() throws {
    let plain = try plain.get()
    let text = "h<|endoftext|><s>"
    let added = #""added_tokens_decoder": {"268": {"content": "<s>", "special": true}, "269": {"content": "</s>"}}"#
    for splits in [true, false] {
      let tokenizer = try Tokenizer(files: files(#"{"split_special_tokens": \#(splits), \#(added)}"#))
      let tokens = plain.encode("h") + [SmallTokenizer.endOfText, 268]
      #expect(tokenizer.encode(text) == (splits ? plain.encode(text, special: .plain) : tokens))
      #expect(tokenizer.encode("</s>") == [269])
    }
  }

  /// Where null says that there is none, nothing is added.
  @Test func noTokenIsAddedThatIsNull() throws {
    let plain = try plain.get().encode("x")
    let configuration = #""add_bos_token": true, "add_eos_token": true, "eos_token": null"#
    #expect(try Tokenizer(files: files("{\(configuration)}")).encode("x") == [SmallTokenizer.endOfText] + plain)
    #expect(try Tokenizer(files: files(#"{\#(configuration), "bos_token": null}"#)).encode("x") == plain)
  }

  @Test(arguments: ["GPT2Tokenizer", "CodeGenTokenizer", "CodeGenTokenizerFast"])
  func madeAsGPT2s(_ name: String) throws {
    let text = "hello world<|endoftext|>"
    #expect(try Tokenizer(files: files(class: name)).encode(text) == plain.get().encode(text))
  }

  @Test(arguments: [
    "RobertaTokenizer", "RobertaTokenizerFast", "BartTokenizer", "LongformerTokenizer", "LEDTokenizerFast",
  ])
  func textsStandBetweenRoBERTasTokens(_ name: String) throws {
    let (plain, text, end) = (try plain.get(), "hello world", "<|endoftext|>")
    let tokenizer = try Tokenizer(files: files(class: name))
    #expect(tokenizer.encode(text) == [268] + plain.encode(text) + [269])
    #expect(tokenizer.encode(end, addsSpecialTokens: false) == plain.encode(end, special: .plain))
    #expect(tokenizer.endOfText == 269 && tokenizer.decode(tokenizer.encode(text), skippingSpecial: true) == text)
    let other = try Tokenizer(files: files(class: name, #", "cls_token": "hell", "sep_token": "aa""#))
    #expect(other.encode("x").map { other.piece($0) } == ["hell", "x", "aa"])
  }

  /// They get the next ids, while the model has rows.
  @Test func roBERTasTokensMayHaveNoIDs() throws {
    var files = files(class: "RobertaTokenizer")
    files.addedTokens = nil
    #expect(try Tokenizer(files: files, rowCount: 300).encode("x") == [268, 120, 269])
    try expectError(files, ["vocab.json", "<s>", "puts around texts"])
  }

  /// Its words and what stands around them are made anew, whatever `tokenizer.json` says.
  @Test func roBERTasTokenizerJSONIsMadeAnew() throws {
    var files = SmallTokenizer.json(
      preTokenizer: #"{"type": "Whitespace"}"#,
      addedTokens: #"{"content": "<s>", "id": 268, "special": true}, {"content": "</s>", "id": 269, "special": true}"#)
    files.configuration = Array(#"{"tokenizer_class": "RobertaTokenizer"}"#.utf8)
    #expect(try Tokenizer(files: files).encode("hello world") == [268] + plain.get().encode("hello world") + [269])
  }

  @Test(arguments: ["Qwen2Tokenizer", "GPTNeoXTokenizerFast", "OpenAIGPTTokenizer", "WhisperTokenizer"])
  func othersCutVocabulariesByRulesOfTheirOwn(_ name: String) throws {
    try expectError(
      files(class: name), ["tokenizer_config.json, tokenizer_class", name.prefix(9) + "", "rules of its own"])
  }

  /// Those of Python, or of rules that are not known here.
  @Test(arguments: ["WhisperTokenizer", "CTRLTokenizer", "XLMRobertaTokenizerFast", "CamembertTokenizer"])
  func othersReadTokenizerJSONByRulesOfTheirOwn(_ name: String) throws {
    var json = SmallTokenizer.json()
    json.configuration = files(class: name).configuration
    try expectError(json, ["tokenizer_config.json, tokenizer_class", name.prefix(9) + "", "PreTrainedTokenizerFast"])
    json.configuration = files(class: "NoTokenizerOfTransformers").configuration
    #expect(try Tokenizer(files: json).encode("hello world") == plain.get().encode("hello world"))
  }

  private func expectError(_ files: TokenizerFiles, _ words: [String]) throws {
    let error = #expect(throws: TokenizerError.self) { try Tokenizer(files: files) }
    let text = try #require(error).description
    for word in words { #expect(text.contains(word), "\(text)") }
  }
}
