import Testing

@testable import Tokenizer

/// Tokens that files name for a purpose, and how they are matched: ids of transformers 5.23.
@Suite struct SpecialTokenTests {
  private static let mask =
    #"{"__type": "AddedToken", "content": "<m>", "lstrip": true, "normalized": true}"#

  struct Row: Sendable, CustomTestStringConvertible {
    var configuration: String
    var map: String?
    var text: String
    var ids: [TokenID]

    var testDescription: String { "\(configuration) \(map ?? "")" }
  }

  /// 268 is the first id that no piece has.
  @Test(arguments: [
    Row(configuration: #"{"mask_token": \#(mask)}"#, text: "hello <m> A", ids: [259, 268, 32, 65]),
    Row(configuration: #"{"mask_token": "<m>"}"#, text: "hello <m> A", ids: [259, 32, 268, 32, 65]),
    Row(
      configuration: "{}", map: #"{"mask_token": {"content": "<m>", "lstrip": true, "rstrip": true}}"#,
      text: "hello <m> A", ids: [259, 268, 65]),
    Row(
      configuration: #"{"additional_special_tokens": [{"content": "<y>", "lstrip": true, "rstrip": true}, "<x>"]}"#,
      text: "a <x> b<y>  c", ids: [97, 32, 269, 32, 98, 268, 99]),
    Row(
      configuration: #"{"mask_token": \#(mask), "added_tokens_decoder": {"268": {"content": "<m>", "special": true}}}"#,
      text: "hello <m> A", ids: [259, 32, 268, 32, 65]),
    Row(
      configuration: #"{"tokenizer_class": "BlenderbotTokenizer"}"#, text: "hello <mask> A",
      ids: [32, 259, 272, 32, 65]),
    Row(
      configuration: #"{"tokenizer_class": "RobertaTokenizer"}"#, text: "hello <mask> A",
      ids: [268, 259, 32, 272, 32, 65, 269]),
    Row(configuration: #"{"add_bos_token": true, "bos_token": "<x>"}"#, text: "hello", ids: [268, 259]),
  ])
  func theyAreMatchedAsTheirFilesSay(_ row: Row) throws {
    var files = SmallTokenizer.files()
    if row.configuration.contains("Blenderbot") { files = SmallTokenizer.json() }
    files.configuration = Array(row.configuration.utf8)
    files.specialTokensMap = row.map.map { Array($0.utf8) }
    #expect(try Tokenizer(files: files, rowCount: 400).encode(row.text) == row.ids)
  }

  /// Only while it stands for something.
  @Test(arguments: [
    (#"{"bos_token": "<x>", "eos_token": "<x>", "unk_token": "<x>"}"#, false),
    (#"{"bos_token": null, "eos_token": null, "unk_token": null}"#, false),
    (#"{"bos_token": "<x>", "eos_token": null}"#, true),
    (#"{"bos_token": "<x>", "eos_token": "<x>", "unk_token": "<|endoftext|>"}"#, true),
    (
      #"{"bos_token": null, "eos_token": null, "unk_token": null, "#
        + #""additional_special_tokens": ["<|endoftext|>"]}"#,
      true
    ),
  ])
  func theEndOfTextIsSpecialWhileItStandsForSomething(configuration: String, isSpecial: Bool) throws {
    var files = SmallTokenizer.files()
    files.configuration = Array(configuration.utf8)
    let tokenizer = try Tokenizer(files: files, rowCount: 400)
    #expect(tokenizer.isSpecial(SmallTokenizer.endOfText) == isSpecial)
    #expect(tokenizer.encode("x<|endoftext|>").count == (isSpecial ? 2 : 14))
  }

  /// Tokens of a model's own, as transformers 5.23 numbers them: those that special_tokens_map.json names, those that
  /// tokenizer_config.json does, then the lists, of which the newer counts and the first.
  @Test(arguments: [
    (#"{}"#, #"{"foo_token": "<x>"}"#, ["<x>"]),
    (#"{}"#, #"{"foo_token": {"content": "<x>"}}"#, ["<x>"]),
    (#"{}"#, #"{"image_token": "<x>", "extra_special_tokens": ["<y>"]}"#, ["<x>", "<y>"]),
    (#"{"image_token": "<x>"}"#, "{}", ["<x>"]),
    (#"{"image_token": {"__type": "AddedToken", "content": "<x>"}}"#, "{}", ["<x>"]),
    (#"{"image_token": {"content": "<x>"}}"#, "{}", []),
    (#"{"extra_special_tokens": ["<y>"], "image_token": "<x>"}"#, "{}", ["<x>", "<y>"]),
    (#"{"image_token": "<x>", "pad_token": "<y>"}"#, "{}", ["<y>", "<x>"]),
    (#"{"image_token": "<x>", "extra_special_tokens": {"audio_token": "<y>"}}"#, "{}", ["<x>", "<y>"]),
    (#"{"model_specific_special_tokens": {"image_token": "<x>"}}"#, "{}", ["<x>"]),
    (#"{"model_specific_special_tokens": {"image_token": "<x>"}, "audio_token": "<y>"}"#, "{}", ["<y>"]),
    (#"{"image_token": "<x>"}"#, #"{"boi_token": "<y>"}"#, ["<y>", "<x>"]),
    (#"{"image_token": "<x>"}"#, #"{"image_token": "<y>"}"#, ["<x>"]),
    (
      #"{"extra_special_tokens": {"a_token": "<x>"}}"#,
      #"{"boi_token": "<y>", "extra_special_tokens": {"c_token": "<z>"}}"#, ["<y>", "<x>", "<z>"]
    ),
    (
      #"{"extra_special_tokens": {"a_token": "<x>"}, "additional_special_tokens": ["<y>"]}"#, "{}", ["<x>", "<y>"]
    ),
    (#"{"x_token": "hello", "token": "<x>", "_token": "<y>"}"#, "{}", ["<y>"]),
    (#"{"additional_special_tokens": ["<y>"]}"#, #"{"additional_special_tokens": ["<x>"]}"#, ["<y>"]),
    (#"{"extra_special_tokens": []}"#, #"{"additional_special_tokens": ["<x>"]}"#, []),
    (#"{"extra_special_tokens": [], "additional_special_tokens": ["<x>"]}"#, "{}", ["<x>"]),
    (#"{"additional_special_tokens": null}"#, #"{"additional_special_tokens": ["<x>"]}"#, []),
    (#"{"extra_special_tokens": ["<x>"], "additional_special_tokens": ["<y>"]}"#, "{}", ["<x>"]),
    (#"{}"#, #"{"extra_special_tokens": [], "additional_special_tokens": ["<y>"]}"#, []),
    (#"{"additional_special_tokens": ["<x>"]}"#, #"{"extra_special_tokens": ["<y>"]}"#, ["<x>", "<y>"]),
  ])
  func tokensOfAModelsOwn(configuration: String, map: String, expected: [String]) throws {
    var files = SmallTokenizer.files()
    files.configuration = Array(configuration.utf8)
    files.specialTokensMap = Array(map.utf8)
    let tokenizer = try Tokenizer(files: files, rowCount: 400)
    let ids = ["<x>", "<y>", "<z>"].map { tokenizer.encode($0) }.map { $0.count == 1 ? $0[0] : nil }
    let first = TokenID(SmallTokenizer.endOfText) + 1
    let tokens = expected.indices.map { first + TokenID($0) }
    #expect(tokens.map { tokenizer.piece($0) } == expected && tokenizer.piece(first + TokenID(expected.count)) == nil)
    #expect(ids.compactMap { $0 }.sorted() == tokens && tokens.allSatisfy { tokenizer.isSpecial($0) })
  }
}
