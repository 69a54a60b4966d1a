import Testing

@testable import Tokenizer

@Suite struct PreTokensTests {
  @Test(arguments: [
    ("", []),
    ("Hello, world!", ["Hello", ",", " world", "!"]),
    (
      "it's we'll they've I'd you're I'm don't",
      [
        "it", "'s", " we", "'ll", " they", "'ve", " I", "'d", " you", "'re", " I", "'m", " don", "'t",
      ]
    ),
    ("'same 's 'S 'lx 'l '", ["'s", "ame", " '", "s", " '", "S", " '", "lx", " '", "l", " '"]),
    ("''s'", ["''", "s", "'"]),
    ("a1b22", ["a", "1", "b", "22"]),
    ("a   b", ["a", "  ", " b"]),
    ("a  ", ["a", "  "]),
    ("a \n b", ["a", " \n", " b"]),
    ("a\tb", ["a", "\t", "b"]),
    ("a\t\tb", ["a", "\t", "\t", "b"]),
    (" \t", [" \t"]),
    (" !?\u{301}", [" !?\u{301}"]),
    ("e\u{301}a", ["e", "\u{301}", "a"]),
    ("Ⅷ①x", ["Ⅷ①", "x"]),
    ("\u{3000}x\u{3000}\u{3000}1", ["\u{3000}", "x", "\u{3000}", "\u{3000}", "1"]),
    ("\r\n\r\nx", ["\r\n\r", "\n", "x"]),
  ])
  func cutsAtTheWordsOfGPT2(text: String, words: [String]) {
    #expect(cut(text) == words.map { Array($0.utf8) })
  }

  @Test func coversEveryText() throws {
    let random = try RandomText()
    for seed in 0..<500 {
      let text = random.string(seed: seed)
      let words = cut(text)
      #expect(words.flatMap(\.self) == Array(text.utf8))
      #expect(!words.contains([]))
    }
  }

  @Test func staysWithinItsRange() {
    let text = Array("it's  fine".utf8)
    #expect(PreTokens(text, in: 2..<3).map(\.self) == [2..<3])
    #expect(PreTokens(text, in: 2..<5).map(\.self) == [2..<4, 4..<5])
  }

  private func cut(_ text: String) -> [[UInt8]] {
    let bytes = Array(text.utf8)
    return PreTokens(bytes, in: bytes.indices).map { Array(bytes[$0]) }
  }
}
