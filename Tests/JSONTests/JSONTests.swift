import JSON
import Testing

@Suite struct JSONTests {
  @Test func readsEveryKind() throws {
    let json = try JSON(parsing: #" {"a": [1, -2.5e3, "x\n\u00e9\ud83e\udd16", true, null], "b": {}, "c": NaN} "#)
    let elements = try #require(json["a"]?.array)
    #expect(elements[0].integer == 1)
    #expect(elements[1].number == -2500)
    #expect(elements[2].string == "x\né🤖")
    #expect(elements[3].boolean == true)
    #expect(elements[4].isNull)
    #expect(json["b"]?.members?.count == 0)
    #expect(json["c"]?.number?.isNaN == true)
    #expect(json["d"] == nil)
  }

  @Test func keysAreComparedByBytes() throws {
    let json = try JSON(parsing: #"{"\u00e9": 1, "e\u0301": 2}"#)
    #expect(json.members?.count == 2)
    #expect(json["\u{e9}"]?.integer == 1)
    #expect(json["e\u{301}"]?.integer == 2)
  }

  @Test(arguments: [
    "", "{", "[1,]", "{\"a\" 1}", "{a: 1}", "01", "1.", "1e", "-", "\"", "\"\\x\"", "\"\u{1}\"", "tru",
    "[1] 2", "nul", "\"\\u12\"", "[1 2]", String(repeating: "[", count: 100_000),
  ])
  func refuses(_ text: String) {
    #expect(throws: JSON.ParsingError.self) { try JSON(parsing: text) }
  }

  @Test func refusesInvalidUTF8() {
    #expect(throws: JSON.ParsingError.self) { try JSON(parsing: [0x22, 0xFF, 0x22]) }
  }

  @Test func aByteOrderMarkIsLeftOut() throws {
    #expect(try JSON(parsing: [0xEF, 0xBB, 0xBF] + Array("[1]".utf8)).array?.count == 1)
    #expect(throws: JSON.ParsingError.self) { try JSON(parsing: [0xEF, 0xBB] + Array("[1]".utf8)) }
    for mark: [UInt8] in [[0xFF, 0xFE, 0x5B, 0], [0xFE, 0xFF, 0, 0x5B]] {
      let error = #expect(throws: JSON.ParsingError.self) { try JSON(parsing: mark) }
      #expect(error?.problem == "UTF-16, where UTF-8 is expected,")
    }
  }

  /// RFC 8259, section 8.2, allows them; UTF-8 has no spelling of them.
  @Test(arguments: [
    (#""\ud83e""#, "\u{FFFD}"), (#""\udd16""#, "\u{FFFD}"), (#""\ud83ex""#, "\u{FFFD}x"),
    (#""\ud83e\ud83e\udd16""#, "\u{FFFD}\u{1F916}"), (#""\ud83e\u0041""#, "\u{FFFD}A"), (#""\ud83e\n""#, "\u{FFFD}\n"),
  ])
  func halvesOfSurrogatePairsBecomeReplacements(text: String, expected: String) throws {
    #expect(try JSON(parsing: text).string == expected)
  }
}
