import Testing

@testable import Tokenizer

/// Which added tokens there are and which ids they get, as transformers 5.23: what files declare only orders them.
@Suite struct AddedTokenIDTests {
  private static let (x, y) = ("<x>", "<y>")

  /// By a class that reads `tokenizer.json` as it stands, and by GPT-2's: the ids of x and y.
  struct Row: Sendable, CustomTestStringConvertible {
    var json: [(String, Int)] = []
    var listed: [(String, Int)]?
    var older: String?
    var asItStands: [TokenID?]
    var anew: [TokenID?]

    var testDescription: String { "\(json) \(listed ?? []) \(older ?? "")" }
  }

  @Test(arguments: [
    Row(json: [(x, 300)], asItStands: [268, nil], anew: [268, nil]),
    Row(json: [(x, 5)], asItStands: [268, nil], anew: [268, nil]),
    Row(json: [(x, 268), (y, 270)], asItStands: [268, 269], anew: [268, 269]),
    Row(json: [(y, 270), (x, 269)], asItStands: [269, 268], anew: [268, 269]),
    Row(listed: [(y, 270), (x, 269)], asItStands: [268, 269], anew: [268, 269]),
    Row(json: [(y, 269)], listed: [(x, 268)], asItStands: [269, 268], anew: [268, nil]),
    Row(json: [(y, 269)], listed: [], asItStands: [nil, 268], anew: [nil, nil]),
    Row(json: [("", 268), (x, 269)], asItStands: [268, nil], anew: [268, nil]),
    Row(json: [(x, 269)], older: #"{"<y>": 268}"#, asItStands: [268, 269], anew: [269, 268]),
    Row(json: [(x, 268)], older: #"{"<y>": 268}"#, asItStands: [268, nil], anew: [268, nil]),
  ])
  func idsAreThoseThatComeNext(_ row: Row) throws {
    for (name, ids) in [("PreTrainedTokenizerFast", row.asItStands), ("GPT2Tokenizer", row.anew)] {
      var files = SmallTokenizer.json(
        addedTokens: row.json.map { Self.object($0, #", "id": \#($1)"#) }.joined(separator: ","))
      let listed = row.listed.map { $0.map { #""\#($1)": \#(Self.object($0))"# }.joined(separator: ",") }
      let list = listed.map { #", "added_tokens_decoder": {\#($0)}"# } ?? ""
      files.configuration = Array(#"{"tokenizer_class": "\#(name)"\#(list)}"#.utf8)
      files.addedTokens = row.older.map { Array($0.utf8) }
      let tokenizer = try Tokenizer(files: files)
      for (token, id) in zip([Self.x, Self.y], ids) {
        #expect(tokenizer.id(ofPiece: token) == id, "\(name)")
        #expect(tokenizer.encode("h\(token)h").count == (id == nil ? 5 : 3), "\(name)")
      }
    }
  }

  /// A piece of the vocabulary keeps its id, whatever a file declares.
  @Test func piecesKeepTheirIDs() throws {
    for id in [5, 300] {
      let files = SmallTokenizer.json(addedTokens: #"{"content": "hello", "id": \#(id), "special": true}"#)
      let tokenizer = try Tokenizer(files: files)
      #expect(tokenizer.encode("hello") == [259] && tokenizer.isSpecial(259) && tokenizer.vocabularySize == 268)
    }
    var older = SmallTokenizer.files()
    older.addedTokens = Array(#"{"hello": 269, "<p>": 5}"#.utf8)
    #expect(try Tokenizer(files: older).encode("hello<p>") == [259, 268])
  }

  /// Of a vocabulary with holes the next id is the count, but behind those of `tokenizer.json` as it stands. GPT-2's class
  /// adds the token that begins texts before the one that pads them.
  @Test(arguments: [("GPT2Tokenizer", [3, 4, 6, 5] as [TokenID?]), ("PreTrainedTokenizerFast", [3, 4, 8, nil])])
  func holesAreFilled(_ name: String, _ ids: [TokenID?]) throws {
    let tokens = [("<e>", 7), (Self.x, 8), (Self.y, 9)].map { Self.object($0, #", "id": \#($1)"#) }
    var files = TokenizerFiles(
      tokenizer: Array(
        #"""
        {"added_tokens": [\#(tokens.joined(separator: ","))], "pre_tokenizer": {"type": "ByteLevel"},
         "model": {"type": "BPE", "vocab": {"a": 0, "b": 1, "<e>": 7}, "merges": []}}
        """#.utf8))
    files.configuration = Array(#"{"tokenizer_class": "\#(name)", "eos_token": "<e>", "pad_token": "<p>"}"#.utf8)
    let tokenizer = try Tokenizer(files: files, rowCount: 10)
    #expect(["<e>", Self.x, Self.y, "<p>", "<|endoftext|>"].map { tokenizer.id(ofPiece: $0) } == [7] + ids)
    #expect(tokenizer.endOfText == 7)
  }

  /// The list in `tokenizer_config.json` takes the place of `special_tokens_map.json`.
  @Test func theOlderMapOfSpecialTokensDoesNotCountBesideAList() throws {
    var files = SmallTokenizer.files()
    files.specialTokensMap = Array(#"{"pad_token": "<x>"}"#.utf8)
    #expect(try Tokenizer(files: files, rowCount: 300).encode("<x>") == [268])
    files.configuration = Array(#"{"added_tokens_decoder": {}}"#.utf8)
    #expect(try Tokenizer(files: files, rowCount: 300).encode("<x>").count == 3)
  }

  private static func object(_ content: String, _ more: String = "") -> String {
    #"{"content": "\#(content)", "special": true\#(more)}"#
  }
}
