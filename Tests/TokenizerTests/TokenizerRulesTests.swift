import Testing

@testable import Tokenizer

/// Classes that make a tokenizer by rules of their own of what `tokenizer.json` holds: ids of transformers 5.23.
@Suite struct TokenizerRulesTests {
  struct Row: Sendable, CustomTestStringConvertible {
    var name: String
    var options = ""
    var text: String
    var ids: [TokenID]

    var testDescription: String { "\(name) \(options) \(text)" }
  }

  private static let prefixed = #", "add_prefix_space": true"#
  private static let numbers = "A\u{301} 12 I'M\n\nhell"

  /// Ids of one byte are that byte's: "Á" is composed, or a prefix space shows where words begin.
  @Test(arguments: [
    Row(name: "Qwen2Tokenizer", text: numbers, ids: [195, 129, 32, 49, 50, 32, 73, 39, 77, 10, 10, 258]),
    Row(name: "GPTNeoXTokenizerFast", text: numbers, ids: [195, 129, 32, 49, 50, 32, 73, 39, 77, 10, 10, 258]),
    Row(name: "CohereTokenizer", text: numbers, ids: [195, 129, 32, 49, 50, 32, 73, 39, 77, 10, 10, 258]),
    Row(name: "BlenderbotTokenizer", text: numbers, ids: [32, 65, 204, 129, 32, 49, 50, 32, 73, 39, 77, 10, 10, 258]),
    Row(
      name: "Qwen2TokenizerFast", options: prefixed, text: numbers,
      ids: [32, 195, 129, 32, 32, 49, 32, 50, 32, 73, 32, 39, 77, 32, 10, 10, 32, 258]),
    Row(
      name: "GPTNeoXTokenizer", options: prefixed, text: numbers,
      ids: [32, 195, 129, 32, 49, 50, 32, 73, 39, 77, 10, 10, 258]),
    Row(
      name: "CohereTokenizer", options: prefixed, text: numbers,
      ids: [32, 195, 129, 32, 32, 49, 32, 50, 32, 73, 39, 77, 10, 10, 258]),
    Row(name: "Qwen2Tokenizer", options: prefixed, text: "कि a", ids: [32, 224, 164, 149, 32, 224, 164, 191, 32, 97]),
    Row(name: "Qwen3_5Tokenizer", options: prefixed, text: "कि a", ids: [32, 224, 164, 149, 224, 164, 191, 32, 97]),
    Row(name: "Qwen2Tokenizer", text: "x<|endoftext|>", ids: [120, 267]),
    Row(name: "GPTNeoXTokenizer", text: "x<|endoftext|>", ids: [120, 267]),
    Row(name: "BlenderbotTokenizer", options: #", "add_prefix_space": false"#, text: "hello<s>", ids: [259, 268]),
  ])
  func bytePairsAreCutByTheClass(_ row: Row) throws {
    var files = SmallTokenizer.json(
      normalizer: #"{"type": "Lowercase"}"#, preTokenizer: #"{"type": "Whitespace"}"#, decoder: "null")
    files.configuration = Array(#"{"tokenizer_class": "\#(row.name)"\#(row.options)}"#.utf8)
    let tokenizer = try Tokenizer(files: files, rowCount: 300)
    #expect(tokenizer.encode(row.text) == row.ids)
    #expect(tokenizer.decode([104, 264]) == "h world")
  }

  @Test func theFilesTemplateCountsUnlessTheClassHasOne() throws {
    let single = #"[{"SpecialToken": {"id": "a"}}, {"Sequence": {"id": "A"}}]"#
    let template = #"{"type": "TemplateProcessing", "single": \#(single), "special_tokens": {"a": {"ids": [97]}}}"#
    for (name, ids) in [("Qwen2Tokenizer", [97, 98]), ("GPTNeoXTokenizer", [98])] as [(String, [TokenID])] {
      var files = SmallTokenizer.json(postProcessor: template)
      files.configuration = Array(#"{"tokenizer_class": "\#(name)"}"#.utf8)
      #expect(try Tokenizer(files: files).encode("b") == ids)
    }
  }

  @Test func whatIsNullIsNoToken() throws {
    var files = SmallTokenizer.json()
    let roles = ["bos", "eos", "unk", "pad"].map { #""\#($0)_token": null"# }.joined(separator: ", ")
    files.configuration = Array(#"{"tokenizer_class": "GPTNeoXTokenizer", \#(roles)}"#.utf8)
    #expect(try Tokenizer(files: files).encode("<|endoftext|>").count == 13)
  }

  private static let pieces = [
    "<unk>", "<s>", "</s>", "▁", "h", "e", "l", "o", "w", "r", "d", "he", "▁he", "ll", "llo", "▁hello", "o</w>",
    "<0x21>",
    "d</w>", "hello</w>", "llo</w>", "A",
  ]
  private static let merges = ["h e", "l l", "ll o", "▁ he", "▁he llo", "ll o</w>", "he llo</w>"]

  private static func characters(_ configuration: String, model: String = "BPE", without: String = "") -> TokenizerFiles
  {
    let trained = pieces.filter { $0 != without }
    let vocabulary = zip(trained, 0...).map { #""\#($0)": \#($1)"# }.joined(separator: ", ")
    let merges = merges.map { #""\#($0)""# }.joined(separator: ", ")
    let added = pieces.prefix(3).enumerated().map { #"{"id": \#($0), "content": "\#($1)", "special": true}"# }
    let text = """
      {"added_tokens": [\(added.joined(separator: ", "))], "pre_tokenizer": {"type": "Whitespace"},
       "model": {"type": "\(model)", "vocab": {\(vocabulary)}, "merges": [\(merges)]}}
      """
    return TokenizerFiles(tokenizer: Array(text.utf8), configuration: Array(configuration.utf8))
  }

  @Test(arguments: [
    Row(name: "LlamaTokenizer", text: "hello<s>hello", ids: [15, 1, 11, 14]),
    Row(name: "LlamaTokenizerFast", options: #", "legacy": true"#, text: "hello<s>hello", ids: [15, 1, 15]),
    Row(
      name: "LlamaTokenizer", options: #", "add_prefix_space": false"#, text: "hello<s>hello", ids: [11, 14, 1, 11, 14]),
    Row(name: "LlamaTokenizer", text: "hello world!", ids: [15, 3, 8, 7, 9, 6, 10, 17]),
    Row(name: "LlamaTokenizer", text: "Hello  A<s> hello", ids: [3, 5, 14, 3, 3, 21, 1, 15]),
    Row(name: "GemmaTokenizer", text: "hello world!", ids: [11, 14, 3, 8, 7, 9, 6, 10, 17]),
    Row(name: "GemmaTokenizer", text: "Hello  A<s> hello", ids: [0, 5, 14, 3, 3, 21, 1, 15]),
    Row(name: "OpenAIGPTTokenizer", text: "HELLO<s>hello", ids: [19, 1, 19]),
    Row(name: "OpenAIGPTTokenizer", text: "hel lo!", ids: [11, 0, 6, 16, 0]),
  ])
  func charactersAreCutByTheClass(_ row: Row) throws {
    let files = Self.characters(#"{"tokenizer_class": "\#(row.name)"\#(row.options)}"#)
    #expect(try Tokenizer(files: files).encode(row.text) == row.ids)
  }

  @Test(
    arguments: [
      ("LlamaTokenizer", [15, 1, 11, 14], "hello<s>hello"),
      ("LlamaTokenizer", [3, 5, 14, 3, 3, 21, 1, 15], "ello  A<s> hello"),
      ("GemmaTokenizer", [0, 5, 14, 3, 3, 21, 1, 15], "<unk>ello  A<s> hello"),
      ("OpenAIGPTTokenizer", [19, 8, 7, 9, 6, 18, 0], "hello world <unk>"),
    ] as [(String, [TokenID], String)])
  func charactersAreDecodedByTheClass(_ name: String, _ ids: [TokenID], _ text: String) throws {
    let files = Self.characters(#"{"tokenizer_class": "\#(name)"}"#)
    #expect(try Tokenizer(files: files).decode(ids) == text)
  }

  /// As transformers, which looks for the word in the file.
  @Test func aByteLevelTokenizerOfLlamasIsReadAsItStands() throws {
    var files = SmallTokenizer.json(normalizer: #"{"type": "Lowercase"}"#)
    files.configuration = Array(#"{"tokenizer_class": "LlamaTokenizerFast"}"#.utf8)
    #expect(try Tokenizer(files: files).encode("HELLO world") == [259, 264])
  }

  @Test func whatTheClassCannotMakeIsRefused() throws {
    for (files, words) in [
      (Self.characters(#"{"tokenizer_class": "GemmaTokenizer"}"#, model: "WordPiece"), ["model.type", "GemmaTok"]),
      (Self.characters(#"{"tokenizer_class": "OpenAIGPTTokenizer"}"#, without: "<unk>"), ["<unk>", "unknown"]),
      (
        Self.characters(#"{"tokenizer_class": "XLNetTokenizerFast"}"#), ["rules of its own", "PreTrainedTokenizerFast"]
      ),
    ] {
      let error = #expect(throws: TokenizerError.self) { try Tokenizer(files: files) }
      let text = try #require(error).description
      for word in words { #expect(text.contains(word), "\(text)") }
    }
  }
}
