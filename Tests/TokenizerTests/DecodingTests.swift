import TestSupport
import Testing

@testable import Tokenizer

@Suite struct DecodingTests {
  private let tokenizer: Tokenizer
  private let text: RandomText

  init() throws {
    tokenizer = try Tokenizer(files: SmallTokenizer.files())
    text = try RandomText()
  }

  /// Also a check of the small tokenizer's, and so of every byte's, way there and back.
  @Test func decodingUndoesEncoding() throws {
    for seed in 0..<2000 {
      let string = text.string(seed: seed)
      for special in [SpecialTokens.recognized, .plain] {
        let decoded = tokenizer.decode(tokenizer.encode(string, special: special))
        #expect(Array(decoded.utf8) == Array(string.utf8))
      }
    }
  }

  @Test func streamingEqualsDecodingAtOnce() throws {
    for seed in 0..<2000 {
      var random = TestGenerator(state: UInt64(seed))
      // Encoded text, whose characters come in parts, with arbitrary ids between.
      let noise = (0..<random.below(12)).map { _ in TokenID(random.below(300) - 10) }
      let ids = tokenizer.encode(text.string(seed: seed)) + noise + tokenizer.encode(text.string(seed: seed + 1))
      for skippingSpecial in [false, true] {
        var decoder = StreamingDecoder(tokenizer, skippingSpecial: skippingSpecial)
        var streamed = ids.reduce(into: [UInt8]()) { $0 += decoder.append($1).utf8 }
        streamed += decoder.finish().utf8
        #expect(streamed == Array(tokenizer.decode(ids, skippingSpecial: skippingSpecial).utf8))
      }
    }
  }

  @Test func charactersComeWhole() {
    #expect(stream([0xF0, 0x9F, 0xA4, 0x96, 0x41]) == ["", "", "", "🤖", "A", ""])
    #expect(stream([0xC3, 0xA9, 0xE2, 0x82, 0xAC]) == ["", "é", "", "", "€", ""])
  }

  @Test func brokenCharactersComeWhenCertain() {
    #expect(stream([0xF0, 0x9F, 0x41]) == ["", "", "\u{FFFD}A", ""])
    #expect(stream([0xF0, 0x9F, 0xF0, 0x9F]) == ["", "", "\u{FFFD}", "", "\u{FFFD}"])
    #expect(stream([0x80, 0xC0, 0xF5, 0xFF]) == ["\u{FFFD}", "\u{FFFD}", "\u{FFFD}", "\u{FFFD}", ""])
    // Overlong, surrogate, and beyond U+10FFFF: the second byte already cannot follow.
    for lead: (UInt8, UInt8) in [(0xE0, 0x80), (0xED, 0xA0), (0xF0, 0x8F), (0xF4, 0x90)] {
      #expect(stream([lead.0, lead.1]) == ["", "\u{FFFD}\u{FFFD}", ""])
    }
  }

  @Test func finishingStartsAnew() {
    var decoder = StreamingDecoder(tokenizer)
    #expect(decoder.append(0xE2) == "")
    #expect(decoder.finish() == "\u{FFFD}")
    #expect(decoder.finish() == "")
    #expect(decoder.append(0x41) == "A")
  }

  @Test func idsThatAreNoTokensAreNothing() {
    let ids: [TokenID] = [.min, -1, 0x41, TokenID(tokenizer.vocabularySize), .max]
    #expect(tokenizer.decode(ids) == "A")
    for id in ids where id != 0x41 {
      #expect(tokenizer.piece(id) == nil)
      #expect(tokenizer.bytes(of: id) == nil)
      #expect(!tokenizer.isSpecial(id))
    }
  }

  @Test func specialTokensAreSkippedWhereAsked() {
    let ids = tokenizer.encode("hello<|endoftext|> world")
    #expect(ids.contains(SmallTokenizer.endOfText))
    #expect(tokenizer.decode(ids) == "hello<|endoftext|> world")
    #expect(tokenizer.decode(ids, skippingSpecial: true) == "hello world")
  }

  /// The pieces of single bytes, one by one, and the last one.
  private func stream(_ bytes: [UInt8]) -> [String] {
    var decoder = StreamingDecoder(tokenizer)
    return bytes.map { decoder.append(TokenID($0)) } + [decoder.finish()]
  }
}
