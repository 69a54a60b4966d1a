import Testing

@testable import Tokenizer

@Suite struct VocabularyTests {
  @Test func canonicallyEqualPiecesAreTwo() throws {
    var vocabulary = Vocabulary()
    try vocabulary.insert("\u{E9}".utf8, id: 0)
    try vocabulary.insert("e\u{301}".utf8, id: 1)
    #expect(vocabulary.id(of: "\u{E9}".utf8) == 0)
    #expect(vocabulary.id(of: "e\u{301}".utf8) == 1)
    #expect(vocabulary.piece(1)?.unicodeScalars.count == 2)
  }

  @Test func growsAndKeepsAll() throws {
    var vocabulary = Vocabulary()
    for id in (0..<TokenID(5000)).reversed() { try vocabulary.insert(String(id).utf8, id: id) }
    #expect(vocabulary.size == 5000)
    #expect((0..<TokenID(5000)).allSatisfy { vocabulary.id(of: String($0).utf8) == $0 })
    #expect((0..<TokenID(5000)).allSatisfy { vocabulary.piece($0) == String($0) })
    #expect(vocabulary.id(of: "5000".utf8) == nil)
    #expect(vocabulary.piece(5000) == nil)
  }

  @Test func spellingsOfAnyLengthDiffer() throws {
    var vocabulary = Vocabulary()
    for length in 0..<40 { try vocabulary.insert([UInt8](repeating: 0, count: length), id: TokenID(length)) }
    #expect((0..<40).allSatisfy { vocabulary.id(of: [UInt8](repeating: 0, count: $0)) == TokenID($0) })
  }
}

@Suite struct ByteAlphabetTests {
  @Test func isGPT2s() {
    #expect(ByteAlphabet.scalars.count == 256)
    #expect(Set(ByteAlphabet.scalars).count == 256)
    #expect(ByteAlphabet.scalars[0x00] == "\u{100}")
    #expect(ByteAlphabet.scalars[0x20] == "Ġ")
    #expect(ByteAlphabet.scalars[0x0A] == "Ċ")
    #expect(ByteAlphabet.scalars[0x41] == "A")
    #expect(ByteAlphabet.scalars[0x7F] == "\u{121}")
    #expect(ByteAlphabet.scalars[0xAD] == "\u{143}")
    #expect(ByteAlphabet.scalars[0xFF] == "ÿ")
  }

  @Test func readsWhatItWrites() {
    for byte in UInt8.min...UInt8.max {
      #expect(ByteAlphabet.bytes(of: String(ByteAlphabet.scalars[Int(byte)])) == [byte])
    }
    for piece in [" ", "a\n", "\u{144}", "\u{AD}", "日", "🤖"] { #expect(ByteAlphabet.bytes(of: piece) == nil) }
  }
}
