import JSON
import Testing

@Suite struct JSONWritingTests {
  @Test func writesEveryKindWithKeysInTheirOrder() {
    let json: JSON = [
      "z": .array([.null, .boolean(true), .boolean(false), .integer(.min), .number(-2.5)]),
      "a": ["é": .array([])],
      "": [:],
    ]
    #expect(json.text == #"{"z":[null,true,false,-9223372036854775808,-2.5],"a":{"é":[]},"":{}}"#)
  }

  @Test func escapesWhatStringsMustNotHold() {
    let json = JSON.string("\"\\\n\r\t\u{0}\u{8}\u{1F} \u{7F}/é🤖")
    #expect(json.text == #""\"\\\n\r\t\u0000\u0008\u001f "# + "\u{7F}/é🤖\"")
  }

  @Test func stringsOfEveryByteReadBack() throws {
    let text = String(String.UnicodeScalarView((0..<0x300).compactMap(Unicode.Scalar.init)))
    #expect(try JSON(parsing: JSON.string(text).text).string == text)
    #expect(try JSON(parsing: (["k\"\n": .null] as JSON).text).members?.first?.key == "k\"\n")
  }

  @Test(arguments: [
    0, -0.0, 0.1, 1, 1e16, 1e21, -1.7976931348623157e308, .leastNonzeroMagnitude, 2.2250738585072014e-308, 1.0 / 3,
    Double(Float(0.1)),
  ])
  func numbersReadBack(_ value: Double) throws {
    let read = try #require(try JSON(parsing: JSON.number(value).text).number)
    #expect(read.bitPattern == value.bitPattern)
  }

  @Test(arguments: [Double.nan, .infinity, -.infinity])
  func numbersThatJSONCannotSayAreNull(_ value: Double) {
    #expect(JSON.number(value).text == "null")
  }

  @Test func integersTooLargeForReadersAreStrings() {
    #expect(JSON(UInt64(Int.max)).text == "9223372036854775807")
    #expect(JSON(UInt64.max).text == "\"18446744073709551615\"")
  }
}
