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

  /// Of the class that `tokenizer_config.json` names hangs whether it counts: as transformers 5.23.
  @Test(
    arguments: [
      // tokenizer.json's, tokenizer_config.json's, of class GPT2Tokenizer or none, of another class.
      (true, nil, false, true), (nil, nil, false, true), (false, nil, false, false), (false, true, true, false),
      (true, false, false, true),
    ] as [(Bool?, Bool?, Bool, Bool)])
  func thePrefixSpaceHangsOnTheClass(json: Bool?, configuration: Bool?, own: Bool, other: Bool) throws {
    let field = json.map { #", "add_prefix_space": \#($0)"# } ?? ""
    for (name, expected) in [
      (nil, own), ("GPT2Tokenizer", own), ("GPT2TokenizerFast", own), ("PreTrainedTokenizerFast", other),
    ] {
      var files = SmallTokenizer.json(preTokenizer: #"{"type": "ByteLevel"\#(field)}"#)
      let members =
        (name.map { [#""tokenizer_class": "\#($0)""#] } ?? [])
        + (configuration.map { [#""add_prefix_space": \#($0)"#] } ?? [])
      files.configuration = Array("{\(members.joined(separator: ", "))}".utf8)
      let tokenizer = try Tokenizer(files: files)
      #expect(tokenizer.encode("world").map { tokenizer.piece($0) } == (expected ? ["Ġworld"] : ["w", "or", "ld"]))
    }
  }

  @Test(
    arguments: [
      (#"[{"Sequence": {"id": "A"}}]"#, [], []),
      (#"[{"SpecialToken": {"id": "<e>"}}, {"Sequence": {"id": "A"}}]"#, [7, 8], []),
      (
        #"[{"Sequence": {"id": "A"}}, {"SpecialToken": {"id": "<e>"}}, {"SpecialToken": {"id": "<f>"}}]"#, [],
        [7, 8, 9]
      ),
    ] as [(String, [TokenID], [TokenID])])
  func aTemplateStandsAroundEveryText(single: String, before: [TokenID], after: [TokenID]) throws {
    let special = #"{"<e>": {"id": "<e>", "ids": [7, 8]}, "<f>": {"id": "<f>", "ids": [9]}}"#
    let template = #"{"type": "TemplateProcessing", "single": \#(single), "special_tokens": \#(special)}"#
    for processor in [template, #"{"type": "Sequence", "processors": [{"type": "ByteLevel"}, \#(template)]}"#] {
      let tokenizer = try Tokenizer(files: SmallTokenizer.json(postProcessor: processor))
      #expect(tokenizer.encode("h") == before + [104] + after && tokenizer.encode("") == before + after)
      #expect(tokenizer.encode("h", addsSpecialTokens: false) == [104])
    }
  }

  @Test(arguments: ["BertProcessing", "RobertaProcessing"])
  func processorsWithTwoTokens(type: String) throws {
    let processor = #"{"type": "\#(type)", "sep": ["</s>", 2], "cls": ["<s>", 1]}"#
    #expect(try Tokenizer(files: SmallTokenizer.json(postProcessor: processor)).encode("h") == [1, 104, 2])
  }

  private static let asItStands = Array(#"{"tokenizer_class": "PreTrainedTokenizerFast"}"#.utf8)

  /// GPT2Tokenizer makes the tokenizer anew, and leaves these out.
  @Test func refusesOtherTokenizersUnlessTheyAreLeftOut() throws {
    for (files, words) in [
      (SmallTokenizer.json(model: #""type": "BPE", "byte_fallback": 5"#), ["model.byte_fallback", "a number"]),
      (SmallTokenizer.json(normalizer: #"{"type": "Unknown"}"#), ["normalizer.type", "\"Unknown\""]),
      (SmallTokenizer.json(normalizer: #"{"type": "Replace", "content": ""}"#), ["normalizer.pattern"]),
      (SmallTokenizer.json(preTokenizer: #"{"type": "UnicodeScripts"}"#), ["pre_tokenizer", "\"UnicodeScripts\""]),
      (SmallTokenizer.json(decoder: #"{"type": "CTC"}"#), ["decoder", "\"CTC\""]),
    ] {
      #expect(try Tokenizer(files: files).encode("hello").count == 1)
      var files = files
      files.configuration = Self.asItStands
      try expectError(files, words)
    }
  }

  @Test func aSequenceOfOneIsThatOne() throws {
    var files = SmallTokenizer.json(
      preTokenizer: #"{"type": "Sequence", "pretokenizers": [{"type": "ByteLevel", "add_prefix_space": true}]}"#)
    files.configuration = Self.asItStands
    #expect(try Tokenizer(files: files).encode("world").count == 1)
  }

  @Test func refusesOtherTokenizers() throws {
    let template = #"{"type": "TemplateProcessing", "single": "#
    for (files, words) in [
      (SmallTokenizer.json(model: #""type": "Other""#), ["model.type", "\"Other\""]),
      (SmallTokenizer.json(model: #""type": "WordPiece""#), ["\"[UNK]\"", "unknown words"]),
      (SmallTokenizer.json(model: #""type": 5"#), ["model.type"]),
      (SmallTokenizer.json(postProcessor: #"{"type": "BertProcessing"}"#), ["post_processor.cls"]),
      (SmallTokenizer.json(postProcessor: #"{"type": "Split"}"#), ["post_processor", "\"Split\""]),
      (SmallTokenizer.json(postProcessor: template + "[]}"), ["post_processor.single", "leaves out"]),
      (
        SmallTokenizer.json(postProcessor: template + #"[{"SpecialToken": {"id": "</s>"}}]}"#),
        ["post_processor.single[0]"]
      ),
      (
        SmallTokenizer.json(postProcessor: template + #"[{"Sequence": {"id": "A"}}, {"Sequence": {"id": "A"}}]}"#),
        ["post_processor.single[1]", "once"]
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
    for token in ["5", "{}", #"{"content": "<s>"}"#, #"{"content": "<s>", "id": -1}"#] {
      try expectError(SmallTokenizer.json(addedTokens: token), ["added_tokens[0]"])
    }
  }

  private func expectError(_ files: TokenizerFiles, _ words: [String]) throws {
    let error = try #require(throws: TokenizerError.self) { try Tokenizer(files: files) }
    #expect(error.file == "tokenizer.json")
    for word in words { #expect(error.description.contains(word), "\(error) should say \(word)") }
  }
}
