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
}
