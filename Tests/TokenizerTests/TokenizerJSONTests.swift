import Testing

@testable import Tokenizer

/// `tokenizer.json`: allowed contents, and contents that are refused because they would change the tokens.
@Suite struct TokenizerJSONTests {
  @Test func equalsVocabularyAndMerges() throws {
    let reference = try Tokenizer(files: SmallTokenizer.files())
    let tokenizer = try Tokenizer(files: SmallTokenizer.json())
    let text = try RandomText()
    for seed in 0..<200 {
      let string = text.string(seed: seed) + "hello world"
      #expect(tokenizer.encode(string) == reference.encode(string))
    }
  }

  @Test func mergesMayBePairs() throws {
    let tokenizer = try Tokenizer(files: SmallTokenizer.json(merges: #"["h", "e"], ["l", "l"], "he ll""#))
    #expect(tokenizer.encode("hell").map { tokenizer.piece($0) } == ["hell"])
  }

  @Test func oldFilesNameNoType() throws {
    let tokenizer = try Tokenizer(files: SmallTokenizer.json(model: #""dropout": null, "unk_token": null"#))
    #expect(tokenizer.encode("hello").count == 1)
  }

  @Test func transformers5WritesAnEmptyTemplate() throws {
    let template = #"{"type": "TemplateProcessing", "single": [{"Sequence": {"id": "A", "type_id": 0}}]}"#
    let tokenizer = try Tokenizer(files: SmallTokenizer.json(postProcessor: template))
    #expect(tokenizer.encode("hello").count == 1)
  }

  @Test func prefixSpaceIsByteLevels() throws {
    let text = "world"
    for (preTokenizer, pieces) in [
      (#"{"type": "ByteLevel", "add_prefix_space": true}"#, ["Ġworld"]),
      (#"{"type": "ByteLevel"}"#, ["Ġworld"]),
      (#"{"type": "ByteLevel", "add_prefix_space": false}"#, ["w", "or", "ld"]),
    ] {
      let tokenizer = try Tokenizer(files: SmallTokenizer.json(preTokenizer: preTokenizer))
      #expect(tokenizer.encode(text).map { tokenizer.piece($0) } == pieces)
    }
  }

  @Test func configurationOverridesThePrefixSpace() throws {
    var files = SmallTokenizer.json()
    files.configuration = Array(#"{"add_prefix_space": true}"#.utf8)
    #expect(try Tokenizer(files: files).encode("world").count == 1)
  }

  @Test func refusesOtherTokenizers() throws {
    for (files, words) in [
      (SmallTokenizer.json(model: #""type": "WordPiece""#), ["model.type", "\"WordPiece\"", "\"BPE\""]),
      (SmallTokenizer.json(model: #""type": 5"#), ["model.type"]),
      (SmallTokenizer.json(model: #""type": "BPE", "byte_fallback": true"#), ["model.byte_fallback"]),
      (SmallTokenizer.json(model: #""type": "BPE", "ignore_merges": true"#), ["model.ignore_merges"]),
      (SmallTokenizer.json(model: #""type": "BPE", "dropout": 0.1"#), ["model.dropout"]),
      (SmallTokenizer.json(model: #""type": "BPE", "end_of_word_suffix": "</w>""#), ["model.end_of_word_suffix"]),
      (SmallTokenizer.json(normalizer: #"{"type": "NFC"}"#), ["normalizer", "\"NFC\""]),
      (SmallTokenizer.json(preTokenizer: "null"), ["pre_tokenizer", "missing"]),
      (SmallTokenizer.json(preTokenizer: #"{"type": "Metaspace"}"#), ["pre_tokenizer", "\"Metaspace\""]),
      (SmallTokenizer.json(preTokenizer: #"{"type": "ByteLevel", "use_regex": false}"#), ["pre_tokenizer.use_regex"]),
      (SmallTokenizer.json(decoder: #"{"type": "WordPiece"}"#), ["decoder", "\"WordPiece\""]),
      (SmallTokenizer.json(postProcessor: #"{"type": "BertProcessing"}"#), ["post_processor", "\"BertProcessing\""]),
      (
        SmallTokenizer.json(
          postProcessor: #"{"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "</s>"}}]}"#),
        ["post_processor.single"]
      ),
    ] { try expectError(files, words) }
  }

  @Test func refusesWhatIsNotOne() throws {
    for text in ["", "[]", "{}", #"{"model": null}"#, #"{"model": {"type": "BPE", "vocab": []}}"#] {
      try expectError(TokenizerFiles(tokenizer: Array(text.utf8)), [])
    }
    let byteLevel = #""pre_tokenizer": {"type": "ByteLevel"}"#
    for (model, entry) in [
      ("null", "model"), (#"{"type": "BPE"}"#, "model.vocab"), (#"{"type": "BPE", "vocab": []}"#, "object"),
      (#"{"type": "BPE", "vocab": {}}"#, "model.merges"),
      (#"{"type": "BPE", "vocab": {"a": -1}, "merges": []}"#, "entry \"a\""),
    ] { try expectError(TokenizerFiles(tokenizer: Array("{\(byteLevel), \"model\": \(model)}".utf8)), [entry]) }
    for merge in [
      "\"he\"", "\"h e l\"", "[\"h\"]", "[\"h\", 5]", "[\"h\", \"e\", \"l\"]", "5", "\"qq u\"", "[\"qq\", \"u\"]",
    ] {
      try expectError(SmallTokenizer.json(merges: "\"l l\", \(merge)"), ["model.merges[1]"])
    }
    for token in ["5", "{}", #"{"content": "<s>"}"#, #"{"content": "<s>", "id": -1}"#, #"{"content": "!", "id": 9}"#] {
      try expectError(SmallTokenizer.json(addedTokens: token), ["added_tokens[0]"])
    }
  }

  private func expectError(_ files: TokenizerFiles, _ words: [String]) throws {
    let error = try #require(throws: TokenizerError.self) { try Tokenizer(files: files) }
    #expect(error.file == "tokenizer.json")
    for word in words { #expect(error.description.contains(word), "\(error) should say \(word)") }
  }
}
