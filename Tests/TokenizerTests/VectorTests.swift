import Testing

@testable import Tokenizer

/// Tokens of single texts by `tokenizers` 0.23.3 with GPT-2's vocabulary.
@Suite(.needsGPT2) struct VectorTests {
  private static let vectors: [(text: String, ids: [TokenID])] = [
    ("My dream is", [3666, 4320, 318]),
    (" My dream is", [2011, 4320, 318]),
    ("I'm", [40, 1101]),
    ("I'M", [40, 6, 44]),
    ("it’s", [270, 447, 247, 82]),
    ("  two  spaces ", [220, 734, 220, 9029, 220]),
    ("\n\n\nx", [628, 198, 87]),
    ("tab\tx", [8658, 197, 87]),
    ("🤖 AI BOT 🤖", [8582, 97, 244, 9552, 347, 2394, 12520, 97, 244]),
    ("👨‍👩‍👧", [41840, 101, 447, 235, 41840, 102, 447, 235, 41840, 100]),
    ("\u{E9}", [2634]),
    ("e\u{301}", [68, 136, 223]),
    ("\u{A0}x", [1849, 87]),
    ("x\u{3000}y", [87, 5099, 222, 88]),
    ("日本語", [33768, 98, 17312, 105, 45739, 252]),
    ("12345", [10163, 2231]),
    ("①②", [158, 239, 254, 158, 239, 94]),
    ("Ⅷ", [158, 227, 100]),
    (String(repeating: "0", count: 17), [8269, 10535, 830]),
    ("a\u{200B}b", [64, 9525, 65]),
    ("\u{FEFF}x", [171, 119, 123, 87]),
    ("<|endoftext|", [27, 91, 437, 1659, 5239, 91]),
    ("", []),
    ("\0", [188]),
    ("\u{180E}x", [157, 254, 236, 87]),
    ("a\u{85}b", [64, 126, 227, 65]),
    ("\u{2028}", [447, 101]),
    ("hello <|endoftext|>", [31373, 220, 50256]),
  ]

  @Test func encodesAndDecodes() throws {
    let tokenizer = try #require(SharedData.gpt2).get()
    for (text, ids) in Self.vectors {
      #expect(tokenizer.encode(text) == ids, "\(text.debugDescription)")
      // Not as Strings: "é" composed and decomposed are equal.
      #expect(Array(tokenizer.decode(ids).utf8) == Array(text.utf8), "\(text.debugDescription)")
    }
  }

  @Test func halfAnEmojiIsAReplacementCharacter() throws {
    let tokenizer = try #require(SharedData.gpt2).get()
    #expect(tokenizer.decode([8582, 97]) == "\u{FFFD}")
  }

  @Test func endOfTextIsPlainTextWhereAsked() throws {
    let tokenizer = try #require(SharedData.gpt2).get()
    #expect(tokenizer.encode("<|endoftext|>") == [50256])
    #expect(tokenizer.encode("<|endoftext|>", special: .plain) == [27, 91, 437, 1659, 5239, 91, 29])
    #expect(tokenizer.endOfText == 50256)
    #expect(tokenizer.isSpecial(50256))
    #expect(!tokenizer.isSpecial(4320))
    #expect(tokenizer.decode([3666, 50256, 4320], skippingSpecial: true) == "My dream")
  }

  @Test func vocabularyIsGPT2s() throws {
    let tokenizer = try #require(SharedData.gpt2).get()
    #expect(tokenizer.vocabularySize == 50257)
    #expect(tokenizer.piece(4320) == "Ġdream")
    #expect(tokenizer.id(ofPiece: "Ġdream") == 4320)
    #expect(tokenizer.bytes(of: 4320) == Array(" dream".utf8))
    #expect(tokenizer.bytes(of: 97) == [0xA4])
    #expect(tokenizer.piece(50257) == nil)
    #expect(tokenizer.bytes(of: -1) == nil)
  }

  /// The merges of every piece lead to that piece alone.
  @Test func everyPieceIsItsOwnEncoding() throws {
    let tokenizer = try #require(SharedData.gpt2).get()
    guard case .bytePair(let model) = tokenizer.model else {
      Issue.record("not byte-pair encoding")
      return
    }
    var merger = PairMerger(merges: model.merges, byteTokens: model.byteTokens)
    var different: [TokenID] = []
    for id in 0..<TokenID(50256) {
      var ids: [TokenID] = []
      merger.encode(try #require(tokenizer.bytes(of: id))[...], into: &ids)
      if ids != [id] { different.append(id) }
    }
    #expect(different.isEmpty)
  }
}
