import TestSupport
import Testing

@testable import Tokenizer

/// Files that are wrong, by accident or malice, make errors that name the file and the entry.
@Suite struct TokenizerLoadingTests {
  @Test func loadsVocabularyAndMerges() throws {
    let tokenizer = try Tokenizer(files: SmallTokenizer.files())
    #expect(tokenizer.vocabularySize == SmallTokenizer.pieces.count)
    #expect(tokenizer.endOfText == SmallTokenizer.endOfText)
    #expect(tokenizer.encode("hello world").map { tokenizer.piece($0) } == ["hello", "Ġworld"])
  }

  @Test func asksOnlyForFilesThatCount() throws {
    var asked: [String] = []
    _ = TokenizerFiles { name -> [UInt8]? in
      asked.append(name)
      return name == "tokenizer.json" ? [] : nil
    }
    let others = ["added_tokens.json", "special_tokens_map.json", "tokenizer_config.json", "config.json"]
    #expect(asked == ["tokenizer.json"] + others)
  }

  @Test func missingFilesAreNamed() throws {
    try expectError(TokenizerFiles(), "vocab.json", "missing", "tokenizer.json")
    try expectError(with(\.merges, nil), "merges.txt", "missing")
    try expectError(with(\.vocabulary, nil), "vocab.json", "missing")
  }

  @Test func vocabularyMustBeAnObject() throws {
    try expectError(vocabulary: "Not Found", "vocab.json", "not valid JSON", "byte 0")
    try expectError(vocabulary: "", "vocab.json", "not valid JSON")
    try expectError(vocabulary: #"{"a": 0"#, "vocab.json", "not valid JSON")
    try expectError(vocabulary: "[1, 2]", "vocab.json", "an object", "an array")
  }

  @Test func vocabularyMustBeUTF8() throws {
    let bytes = Array(#"{"a"#.utf8) + [0xFF] + Array(#"": 0}"#.utf8)
    try expectError(with(\.vocabulary, bytes), "vocab.json", "not UTF-8")
  }

  @Test func idsMustBeSmallWholeNumbers() throws {
    for id in ["-1", "1048576", "2147483648", "9223372036854775807", "-9223372036854775808"] {
      try expectError(
        vocabulary: SmallTokenizer.vocabulary(#", "new": \#(id)"#), "vocab.json", "\"new\"", id, "1048576")
    }
    for id in ["1.5", "1e300", "NaN", "18446744073709551616", #""7""#, "null", "[]"] {
      try expectError(
        vocabulary: SmallTokenizer.vocabulary(#", "new": \#(id)"#), "vocab.json", "\"new\"", "whole number")
    }
  }

  @Test func idsMustBeUnique() throws {
    try expectError(vocabulary: SmallTokenizer.vocabulary(#", "new": 33"#), "vocab.json", "\"new\"", "33", "\"!\"")
    try expectError(vocabulary: SmallTokenizer.vocabulary(#", "!": 34"#), "vocab.json", "\"!\"", "34")
  }

  /// As `tokenizers` 0.23.
  @Test func ofAPieceThatIsThereTwiceTheLastIDCounts() throws {
    let vocabulary = SmallTokenizer.vocabulary(#", "!": 5000, "a": 97"#)
    let tokenizer = try Tokenizer(files: with(\.vocabulary, Array(vocabulary.utf8)))
    #expect(tokenizer.encode("!a") == [5000, 97] && tokenizer.piece(33) == nil)
    #expect(tokenizer.decode([5000, 33, 97]) == "!a")
  }

  /// As tokenizers does with a vocabulary that was trained without all bytes.
  @Test func bytesWithoutAPieceAreLeftOut() throws {
    let vocabulary = SmallTokenizer.vocabulary().replacing(#""z": 122, "#, with: "")
    let tokenizer = try Tokenizer(files: with(\.vocabulary, Array(vocabulary.utf8)))
    #expect(tokenizer.encode("zhez ezzl") == tokenizer.encode("he el"))
    #expect(tokenizer.encode("zz").isEmpty)
    #expect(tokenizer.encode(String(repeating: "zl", count: 100)).count == 50)
    try expectError(TokenizerFiles(vocabulary: Array("{}".utf8), merges: []), "vocab.json", "0x0")
  }

  @Test func holesInTheVocabularyAreNoTokens() throws {
    let tokenizer = try Tokenizer(files: with(\.vocabulary, Array(SmallTokenizer.vocabulary(#", "new": 1000"#).utf8)))
    #expect(tokenizer.vocabularySize == 1001)
    #expect(tokenizer.piece(999) == nil)
    #expect(tokenizer.decode([999, 1000, 104]) == "newh")
  }

  @Test func mergesMustBeTwoKnownPiecesALine() throws {
    try expectError(merges: "#version: 0.2\nh e\nhe", "merges.txt", "line 3", "\"he\"")
    try expectError(merges: "h e\n\nl l\n", "merges.txt", "line 2", "two pieces")
    try expectError(merges: "h e l\n", "merges.txt", "line 1", "two pieces")
    try expectError(merges: " e\n", "merges.txt", "line 1", "two pieces")
    try expectError(merges: "h \n", "merges.txt", "line 1", "two pieces")
    try expectError(merges: "h e\nqq u\n", "merges.txt", "line 2", "\"qq\"", "lacks")
    try expectError(merges: "h e\nu qq\n", "merges.txt", "line 2", "\"qq\"", "lacks")
    try expectError(merges: "h h\n", "merges.txt", "line 1", "\"hh\"", "lacks")
    try expectError(with(\.merges, [0xFF, 0x20, 0xC0, 0x0A]), "merges.txt", "line 1", "\u{FFFD}")
    try expectError(merges: "<!DOCTYPE html>\n<html lang=\"en\" class=\"\">\n", "merges.txt", "line 1")
  }

  /// As `tokenizers` 0.23 leaves them out.
  @Test func versionLinesMayStandAnywhere() throws {
    let merges = "#version: 0.2\nh e\n#version: 0.2\nl l\n#version\n"
    let tokenizer = try Tokenizer(files: with(\.merges, Array(merges.utf8)))
    #expect(try tokenizer.encode("hell") == Tokenizer(files: with(\.merges, Array("h e\nl l".utf8))).encode("hell"))
  }

  @Test func mergesMayEndLinesAsWindowsDoes() throws {
    let tokenizer = try Tokenizer(files: with(\.merges, Array("#version: 0.2\r\nh e\r\nl l".utf8)))
    #expect(tokenizer.encode("hell").map { tokenizer.piece($0) } == ["he", "ll"])
  }

  @Test func hostileTextIsQuotedAndCut() throws {
    let vocabulary = SmallTokenizer.vocabulary(#", "\#(String(repeating: "x", count: 10_000))": -1"#)
    let error = try #require(throws: TokenizerError.self) {
      try Tokenizer(files: with(\.vocabulary, Array(vocabulary.utf8)))
    }
    #expect(error.description.count < 200)
    #expect(TokenizerError.quote("\u{1B}[2J\n") == #""\u{1B}[2J\n""#)
  }

  @Test func addedTokensJoinTheVocabulary() throws {
    var files = with(\.addedTokens, Array(#"{"<|pad|>": 268, "né": 270}"#.utf8))
    files.specialTokensMap = Array(#"{"pad_token": "<|pad|>", "mask_token": "<mask>"}"#.utf8)
    let tokenizer = try Tokenizer(files: files)
    #expect(tokenizer.vocabularySize == 270)
    #expect(tokenizer.encode("h<|pad|>né<mask>").prefix(3) == [104, 268, 269])
    #expect(tokenizer.isSpecial(268) && !tokenizer.isSpecial(269))
    #expect(tokenizer.id(ofPiece: "<mask>") == nil)
    // Not in the byte alphabet, where "é" would be the byte 0xE9.
    #expect(tokenizer.decode([269]) == "né")
  }

  /// As transformers 5.23: the next ids, in the order of the purposes, for as long as the model has rows.
  @Test func specialTokensWithoutAnIDGetTheNext() throws {
    var files = SmallTokenizer.files()
    files.specialTokensMap = Array(#"{"pad_token": "<pad>", "sep_token": {"content": "<sep>"}}"#.utf8)
    files.configuration = Array(#"{"extra_special_tokens": ["<x>"], "mask_token": "<mask>"}"#.utf8)
    let count = SmallTokenizer.pieces.count
    let tokens = ["<sep>", "<pad>", "<mask>", "<x>"]
    for rows in [0, count, count + 2, count + 9] {
      let tokenizer = try Tokenizer(files: files, rowCount: rows)
      for (index, token) in tokens.enumerated() {
        let id = count + index < rows ? TokenID(count + index) : nil
        #expect(tokenizer.id(ofPiece: token) == id)
        if let id { #expect(tokenizer.encode("h\(token)h") == [104, id, 104] && tokenizer.isSpecial(id)) }
      }
    }
  }

  @Test func tokensMayStandAroundEveryText() throws {
    var files = SmallTokenizer.files()
    files.configuration = Array(#"{"add_bos_token": true, "bos_token": "aa", "add_eos_token": true}"#.utf8)
    let tokenizer = try Tokenizer(files: files)
    let (bos, eos) = (try #require(tokenizer.id(ofPiece: "aa")), SmallTokenizer.endOfText)
    #expect(tokenizer.encode("h") == [bos, 104, eos] && tokenizer.encode("") == [bos, eos])
    #expect(tokenizer.encode("h", addsSpecialTokens: false) == [104])
    // A tokenizer.json has a template of its own, or none.
    var json = SmallTokenizer.json()
    json.configuration = files.configuration
    #expect(try Tokenizer(files: json).encode("h") == [104])
    files.configuration = Array(#"{"add_bos_token": true, "bos_token": "<s>"}"#.utf8)
    try expectError(files, "tokenizer_config.json", "add_bos_token", "<s>")
  }

  /// Each place of a text looked at every added token of its first byte.
  @Test func manyAddedTokensOfOneByte() throws {
    let members = (0..<20_000).map { #""a\#($0)b": \#(268 + $0)"# }.joined(separator: ",")
    let tokenizer = try Tokenizer(files: with(\.addedTokens, Array("{\(members)}".utf8)))
    #expect(tokenizer.encode("a7b" + "a12345b" + "a12345").prefix(2) == [275, 12_613])
    #expect(tokenizer.encode(String(repeating: "a", count: 50_000)).count < 50_000)
    let long = #"{"\#(String(repeating: "x", count: 1 << 22))y": 300}"#
    try expectError(with(\.addedTokens, Array(long.utf8)), "added_tokens.json", "too much")
  }

  @Test func addedTokensMustHaveSmallIDs() throws {
    try expectError(with(\.addedTokens, Array("[]".utf8)), "added_tokens.json", "an object", "an array")
    try expectError(with(\.addedTokens, Array(#"{"<p>": -1}"#.utf8)), "added_tokens.json", "\"<p>\"", "-1")
    try expectError(with(\.addedTokens, Array(#"{"<p>": 2147483648}"#.utf8)), "added_tokens.json", "2147483648")
  }

  @Test func configurationNamesTheEndOfText() throws {
    var files = with(\.configuration, Array(#"{"eos_token": {"content": "world!"}, "add_bos_token": false}"#.utf8))
    files.addedTokens = Array(#"{"world!": 268}"#.utf8)
    let tokenizer = try Tokenizer(files: files)
    #expect(tokenizer.endOfText == 268)
    #expect(tokenizer.isSpecial(SmallTokenizer.endOfText))
    try expectError(
      with(\.configuration, Array(#"{"eos_token": 5}"#.utf8)), "tokenizer_config.json", "eos_token", "a number")
    try expectError(
      with(\.specialTokensMap, Array(#"{"additional_special_tokens": [[]]}"#.utf8)),
      "special_tokens_map.json", "additional_special_tokens[0]", "an array")
  }

  @Test func configurationAddsTokensAndThePrefixSpace() throws {
    let configuration = #"""
      {"add_prefix_space": true, "model_max_length": 1000000000000000019884624838656,
       "added_tokens_decoder": {"268": {"content": "<s>", "special": true, "rstrip": true}}}
      """#
    let tokenizer = try Tokenizer(files: with(\.configuration, Array(configuration.utf8)))
    #expect(tokenizer.encode("world<s> world").map { tokenizer.piece($0) } == ["Ġworld", "<s>", "Ġworld"])
    #expect(tokenizer.encode(" world").map { tokenizer.piece($0) } == ["Ġworld"])
    #expect(tokenizer.encode("").isEmpty)
    for (key, entry) in [("x", #"{"content": "<s>"}"#), ("268", "{}"), ("268", "7"), ("-1", #"{"content": "<s>"}"#)] {
      let text = #"{"added_tokens_decoder": {"\#(key)": \#(entry)}}"#
      try expectError(
        with(\.configuration, Array(text.utf8)), "tokenizer_config.json", "added_tokens_decoder[\"\(key)\"]")
    }
  }

  /// A flipped, lost or doubled byte makes an error or another tokenizer, never a crash.
  @Test func damagedFilesDoNotCrash() throws {
    let text = try RandomText()
    let json = SmallTokenizer.json(addedTokens: #"{"content": "<s>", "id": 268, "lstrip": true}"#)
    let pair = SmallTokenizer.files()
    let targets = [(json, \TokenizerFiles.tokenizer), (pair, \.vocabulary), (pair, \.merges)]
    var refused = 0
    for seed in 0..<300 {
      var random = TestGenerator(state: UInt64(seed))
      var (files, file) = targets[seed % targets.count]
      var bytes = try #require(files[keyPath: file])
      for _ in 0...random.below(2) {
        let position = random.below(bytes.count)
        switch random.below(3) {
        case 0: bytes[position] ^= 1 << random.below(8)
        case 1: bytes.remove(at: position)
        default: bytes.insert(bytes[position], at: position)
        }
      }
      files[keyPath: file] = bytes
      do throws(TokenizerError) {
        let tokenizer = try Tokenizer(files: files)
        let ids = tokenizer.encode(text.string(seed: seed) + "hello world")
        #expect(ids.allSatisfy { tokenizer.bytes(of: $0) != nil })
      } catch {
        refused += 1
        #expect(!error.problem.isEmpty)
      }
    }
    #expect(refused > 100 && refused < 300)
  }

  /// The same for the tokenizers of GPT-2's relatives.
  @Test(arguments: ["normalized", "patterns", "characters", "wordpiece", "unigram"])
  func damagedRelativesDoNotCrash(name: String) throws {
    let text = try RandomText()
    let json = try SharedData.fixture("relatives/\(name)/tokenizer.json")
    // Most bytes are the vocabulary's: the others are hit as often.
    let structure = json.count - 1500..<json.count
    let head = 0..<min(1500, json.count)
    for seed in 0..<60 {
      var random = TestGenerator(state: UInt64(seed))
      var files = TokenizerFiles(tokenizer: json, configuration: Array(#"{"tokenizer_class": "Other"}"#.utf8))
      let range = [head, structure, json.indices][seed % 3]
      let position = range.lowerBound + random.below(range.count)
      files.tokenizer?[position] ^= 1 << random.below(7)
      do throws(TokenizerError) {
        let tokenizer = try Tokenizer(files: files)
        let ids = tokenizer.encode(text.string(seed: seed) + "hello world")
        #expect(ids.allSatisfy { tokenizer.bytes(of: $0) != nil })
      } catch {
        #expect(!error.problem.isEmpty)
      }
    }
  }

  private func with(
    _ file: WritableKeyPath<TokenizerFiles, [UInt8]?>, _ bytes: [UInt8]?
  ) -> TokenizerFiles {
    var files = SmallTokenizer.files()
    files[keyPath: file] = bytes
    return files
  }

  private func expectError(vocabulary: String, _ words: String..., location: SourceLocation = #_sourceLocation) throws {
    try expectError(with(\.vocabulary, Array(vocabulary.utf8)), words, location)
  }

  private func expectError(merges: String, _ words: String..., location: SourceLocation = #_sourceLocation) throws {
    try expectError(with(\.merges, Array(merges.utf8)), words, location)
  }

  private func expectError(
    _ files: TokenizerFiles, _ words: String..., location: SourceLocation = #_sourceLocation
  ) throws {
    try expectError(files, words, location)
  }

  /// The error names the file, and its description holds all the words.
  private func expectError(_ files: TokenizerFiles, _ words: [String], _ location: SourceLocation) throws {
    let error = try #require(throws: TokenizerError.self, sourceLocation: location) { try Tokenizer(files: files) }
    #expect(error.file == words.first, sourceLocation: location)
    for word in words {
      #expect(error.description.contains(word), "\(error) should say \(word)", sourceLocation: location)
    }
  }
}
