import Testing

@testable import Tokenizer

/// Expectations are the results of `tokenizers` 0.23.3.
@Suite struct AddedTokensTests {
  private let tokenizer = AddedTokens([
    AddedToken(content: "<|endoftext|>", id: 0, isSpecial: true),
    AddedToken(content: "foo", id: 1, isSingleWord: true, isNormalized: true),
    AddedToken(content: "<l>", id: 2, stripsLeft: true, stripsRight: true, isNormalized: true),
    AddedToken(content: "<s>", id: 3),
    AddedToken(content: "<s><l>", id: 4, isNormalized: true),
    AddedToken(content: "日", id: 5, isNormalized: true),
    AddedToken(content: "日本", id: 6, isNormalized: true),
    AddedToken(content: "", id: 7),
  ])

  @Test(arguments: [
    ("", []),
    ("text", ["text"]),
    ("a<|endoftext|>", ["a", "0"]),
    ("<|endoftext|><|endoftext|> b", ["0", "0", " b"]),
    ("<|endoftext|", ["<|endoftext|"]),
    ("<<|endoftext|>>", ["<", "0", ">"]),
    ("foo food a foo-foo _foo foo", ["1", " food a ", "1", "-", "1", " _foo ", "1"]),
    ("éfoo\u{301} ²foo² ٣foo \u{200D}foo", ["éfoo\u{301} ²", "1", "² ٣foo \u{200D}foo"]),
    ("x<|endoftext|>foo", ["x", "0", "1"]),
    ("x \t<l>\u{3000}\n y <l>", ["x", "2", "y", "2"]),
    ("<l> <l>", ["2", "2"]),
    ("<s><l>", ["3", "2"]),
    ("日本日語", ["6", "5", "語"]),
  ])
  func splitsAsHuggingFaceDoes(text: String, segments: [String]) {
    #expect(split(text, special: .recognized) == segments)
  }

  @Test func plainLeavesOnlySpecialTokensAsText() {
    #expect(split("a<|endoftext|><s>", special: .plain) == ["a<|endoftext|>", "3"])
  }

  /// Text as it is, tokens as their ids.
  private func split(_ text: String, special: SpecialTokens) -> [String] {
    let bytes = Array(text.utf8)
    return tokenizer.split(bytes, special: special).map { segment in
      switch segment {
      case .text(let range): String(decoding: bytes[range], as: UTF8.self)
      case .token(let id): String(id)
      }
    }
  }
}
