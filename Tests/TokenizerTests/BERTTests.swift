import Testing

@testable import Tokenizer

/// `BertTokenizer` from `vocab.txt`; expectations are the results of transformers 5.23.
@Suite struct BERTTests {
  private static let pieces =
    "[PAD] [UNK] [CLS] [SEP] [MASK] 这 是 很 久 the ##re un ##aff ##able cafe ' s . ! é ##! caf ##é The"

  private func files(_ configuration: String) -> TokenizerFiles {
    TokenizerFiles(
      wordPieces: Array((Self.pieces.split(separator: " ").joined(separator: "\n") + "\n").utf8),
      configuration: Array(#"{"tokenizer_class": "BertTokenizer"\#(configuration)}"#.utf8))
  }

  private static let lower = ""
  private static let cased = #", "do_lower_case": false"#
  private static let stripped = #", "do_lower_case": false, "strip_accents": true"#
  private static let joined = #", "tokenize_chinese_chars": false"#
  private static let cleaned = #", "clean_up_tokenization_spaces": true"#

  @Test(
    arguments: [
      (lower, "这是很久", [2, 5, 6, 7, 8, 3], "这 是 很 久"),
      (lower, "The there unaffable caf\u{E9}", [2, 9, 9, 10, 11, 12, 13, 14, 3], "the there unaffable cafe"),
      (lower, "[MASK]the.!", [2, 4, 9, 17, 18, 3], "the.!"),
      (lower, "\0the\u{AD}re\u{3000}un\t", [2, 9, 10, 11, 3], "there un"),
      (lower, "\u{E9} caf\u{E9} CAF\u{C9}!", [2, 1, 14, 14, 18, 3], "cafe cafe!"),
      (lower, "the" + String(repeating: "re", count: 60), [2, 1, 3], ""),
      (lower, "是the's .!", [2, 6, 9, 15, 16, 17, 18, 3], "是 the ' s.!"),
      (lower, "", [2, 3], ""),
      (cased, "The there unaffable caf\u{E9}", [2, 23, 9, 10, 11, 12, 13, 21, 22, 3], "The there unaffable caf\u{E9}"),
      (cased, "\u{E9} caf\u{E9} CAF\u{C9}!", [2, 19, 21, 22, 1, 18, 3], "\u{E9} caf\u{E9}!"),
      (stripped, "\u{E9} caf\u{E9} CAF\u{C9}!", [2, 1, 14, 1, 18, 3], "cafe!"),
      (joined, "这是很久", [2, 1, 3], ""),
      (cleaned, "是the's .!", [2, 6, 9, 15, 16, 17, 18, 3], "是 the's.!"),
    ] as [(String, String, [TokenID], String)])
  func encodesAndDecodes(configuration: String, text: String, ids: [TokenID], decoded: String) throws {
    let tokenizer = try Tokenizer(files: files(configuration))
    #expect(tokenizer.encode(text) == ids)
    #expect(tokenizer.decode(ids, skippingSpecial: true).utf8.elementsEqual(decoded.utf8))
    var decoder = StreamingDecoder(tokenizer, skippingSpecial: true)
    let streamed = ids.map { decoder.append($0) }.joined() + decoder.finish()
    #expect(streamed.utf8.elementsEqual(decoded.utf8))
  }

  /// Of the class in config.json, where tokenizer_config.json names none, and where nothing names one.
  @Test func theClassMayStandInConfigJSON() throws {
    for model in [#"{"tokenizer_class": "BertTokenizerFast"}"#, "{}"] {
      var files = files("")
      files.configuration = nil
      files.modelConfiguration = Array(model.utf8)
      #expect(try Tokenizer(files: files).encode("这") == [2, 5, 3])
    }
  }

  @Test func linesMayEndInSpacesAndComeTwice() throws {
    var files = files("")
    files.wordPieces = Array("\u{FEFF}[PAD]\r\n[UNK]\n[CLS]\n[SEP]\nthe \nthe\u{3000}\n\n".utf8)
    let tokenizer = try Tokenizer(files: files)
    #expect(tokenizer.encode("the") == [2, 5, 3])
    #expect(tokenizer.decode([4, 5, 0]) == "the [PAD]" && tokenizer.vocabularySize == 7)
  }

  @Test func tokensOfATextAreInside() throws {
    let tokenizer = try Tokenizer(files: files(""))
    #expect(tokenizer.bytes(of: 9) == Array(" the".utf8) && tokenizer.bytes(of: 10) == Array("re".utf8))
    #expect(tokenizer.isSpecial(1) && tokenizer.isSpecial(4) && !tokenizer.isSpecial(5))
  }

  @Test func faultsAreNamed() throws {
    for (change, words) in [
      ({ $0.wordPieces = Array("[UNK]\n".utf8) }, ["vocab.txt", "[CLS]"]),
      ({ $0.wordPieces = Array("[CLS]\n[SEP]\n".utf8) }, ["vocab.txt", "[UNK]", "unknown words"]),
      ({ $0.wordPieces = [0xFF] }, ["vocab.txt", "UTF-8"]),
      ({ $0.wordPieces = Array(("[UNK]\n" + String(repeating: "a", count: 2000)).utf8) }, ["[CLS]"]),
      (
        { $0.configuration = Array(#"{"tokenizer_class": "BertJapaneseTokenizer"}"#.utf8) },
        ["tokenizer_config.json", "BertJapaneseTokenizer", "rules of its own"]
      ),
    ] as [((inout TokenizerFiles) -> Void, [String])] {
      var files = files("")
      change(&files)
      let error = try #require(throws: TokenizerError.self) { try Tokenizer(files: files) }
      for word in words { #expect(error.description.contains(word), "\(error) should say \(word)") }
    }
  }
}
