import JSON
import Testing

/// The rules of RFC 8259, one after the other, with a text on each side of every line that they draw.
@Suite struct RFC8259Tests {
  /// Texts, and what they say in this program's own writing.
  private static let accepted: [(text: String, meaning: String)] = [
    // 2: a value of any kind is a text; space may stand around the six structural characters.
    ("null", "null"), ("true", "true"), ("false", "false"), ("0", "0"), (#""""#, #""""#), ("[]", "[]"), ("{}", "{}"),
    (" \t\n\r[ \t\n\r] \t\n\r", "[]"), ("\n{\r}\t", "{}"), ("[ 1\n,\t2\r,3 ]", "[1,2,3]"),
    ("{ \"a\" : 1 ,\n\"b\"\t:\r2 }", #"{"a":1,"b":2}"#), (" null ", "null"),
    // 3: the three words.
    ("[null,true,false]", "[null,true,false]"),
    // 4: objects; names need not differ, may be empty, and keep their order.
    (#"{"b":1,"a":2}"#, #"{"b":1,"a":2}"#), (#"{"":0}"#, #"{"":0}"#), (#"{"a":1,"a":2}"#, #"{"a":1,"a":2}"#),
    (#"{"a":{"a":{}},"b":[{}]}"#, #"{"a":{"a":{}},"b":[{}]}"#), (#"{"\u0061":1}"#, #"{"a":1}"#),
    // 5: arrays, of values of several kinds.
    ("[[],[[]],{}]", "[[],[[]],{}]"), (#"[null,1,"a",[true]]"#, #"[null,1,"a",[true]]"#),
    // 7: the nine escapes, the slash with and without, and every character that needs none.
    (#""\"\\\/\b\f\n\r\t""#, #""\"\\/\u0008\u000c\n\r\t""#), (#""/""#, #""/""#), (#""\u0041\u00e9\u00E9""#, #""Aéé""#),
    (#""\uD83E\uDD16""#, #""🤖""#), (#""\ud83e\udd16""#, #""🤖""#),
    ("\"\u{7F}\u{80}\u{2028}\u{FEFF}\"", "\"\u{7F}\u{80}\u{2028}\u{FEFF}\""),
    ("\"' :,[]{}\"", "\"' :,[]{}\""), (#""\u005C\u0022""#, #""\\\"""#),
    // 8.1: UTF-8 of every length, the last character and those that are none.
    (
      "\"\u{7FF}\u{800}\u{D7FF}\u{E000}\u{FFFF}\u{10000}\u{10FFFF}\"",
      "\"\u{7FF}\u{800}\u{D7FF}\u{E000}\u{FFFF}\u{10000}\u{10FFFF}\""
    ),
    // A byte order mark may be ignored.
    ("\u{FEFF}[1]", "[1]"),
  ]

  @Test(arguments: accepted)
  func accepts(_ text: String, meaning: String) throws { #expect(try JSON(parsing: text).text == meaning) }

  private static let refused: [String] = [
    // 2
    "", " ", "\u{FEFF}", "[1]]", "[]1", "{}{}", "1 2", "null null", "\"a\"\"b\"", "[]\u{0}", "\u{B}[]", "\u{C}1",
    "\u{A0}1",
    "[1\u{2003}]", "\u{FEFF}\u{FEFF}1", "1\u{FEFF}", "/* a */1", "1//a", "#1", "// a",
    // 3
    "nul", "nulll", "Null", "NULL", "tru", "True", "truee", "fals", "FALSE", "undefined", "none", "yes", "t", "n",
    "nan",
    "inf", "+Infinity", "Infinit", "-infinity", "NaNN",
    // 4
    "{", "}", "{,}", "{\"a\"}", "{\"a\":}", "{\"a\" 1}", "{\"a\":1,}", "{\"a\":1 \"b\":2}", "{\"a\":1,,\"b\":2}",
    "{a:1}",
    "{'a':1}", "{1:1}", "{null:1}", "{\"a\"::1}", "{\"a\":1]", "{\"a\":1", "{\"a\":", "{\"a\"", "{\"a", "{\"a\",1}",
    "{:1}", "{[]:1}",
    // 5
    "[", "]", "[,]", "[1,]", "[,1]", "[1,,2]", "[1 2]", "[1;2]", "[1", "[1,", "[[]", "[1}", "[\"a\"", "[\"a", "[-]",
    "[1:2]", "(1)",
    // 6
    "-", "+1", "--1", "01", "-01", "00", "0x1", "0b1", "1.", ".1", "-.1", "1.e1", "1e", "1e+", "1e-", "1E", "1e1.5",
    "1e1e1", "1..2",
    "1.2.3", "0.", "1_000", "1,000", "1f", "0e", "١", "1\u{0}", "- 1", "1 e1", "$1",
    // 7
    "\"", "\"a", "'a'", "\"a'", "\"\\\"", "\"\\", "\"\\a\"", "\"\\x41\"", "\"\\'\"", "\"\\0\"", "\"\\v\"",
    "\"\\U0041\"", "\"\\u\"", "\"\\u4\"",
    "\"\\u004\"", "\"\\u00G0\"", "\"\\u 041\"", "\"\\u+041\"", "\"\\u-041\"", "\"\\u0x41\"", "\"\\ud83e\\u\"",
    "\"\\ud83e\\udd1\"", "\"\\ud83e\\x\"",
    "\"\t\"", "\"\n\"", "\"\r\"", "\"\u{0}\"", "\"\u{1F}\"", "\"\\\n\"", "\"\\\u{e9}\"", "{\"\t\":1}",
    "\u{201C}a\u{201D}", "`a`", "a",
  ]

  @Test(arguments: refused)
  func refuses(_ text: String) { #expect(throws: JSON.ParsingError.self) { try JSON(parsing: text) } }

  /// 6: every part of a number that may be there or not; the nearest Double.
  private static let numberTexts: [(text: String, value: Double)] = [
    ("0", 0), ("-0", 0), ("1", 1), ("-1", -1), ("10", 10), ("1234567890", 1_234_567_890), ("0.5", 0.5), ("-0.5", -0.5),
    ("0.0", 0), ("1.0", 1), ("0e0", 0), ("0E+0", 0), ("0e-0", 0), ("1e5", 1e5), ("1E5", 1e5), ("1e+5", 1e5),
    ("1e-5", 1e-5),
    ("1e05", 1e5), ("-1.25E-2", -0.0125), ("123.456e+10", 1.23456e12), ("1e22", 1e22), ("0.1", 0.1), ("1e23", 1e23),
    ("9007199254740993", 0x1p53), ("9007199254740993.0", 9_007_199_254_740_992),
    ("2.2250738585072011e-308", .leastNormalMagnitude.nextDown), ("5e-324", .leastNonzeroMagnitude), ("2e-324", 0),
    ("1e-400", 0),
    ("1.7976931348623157e308", .greatestFiniteMagnitude), ("1e400", .infinity), ("-1e400", -.infinity),
    ("0.\(String(repeating: "0", count: 400))1", 0), ("1\(String(repeating: "0", count: 22))", 1e22),
    ("0.30000000000000004", 0.30000000000000004), ("9223372036854775808", 0x1p63), ("18446744073709551616", 0x1p64),
  ]

  @Test(arguments: numberTexts)
  func numbers(_ text: String, value: Double) throws {
    for text in [text, "[\(text)]", " \(text)\n"] {
      let json = try JSON(parsing: text)
      #expect((json.array?.first ?? json).number == value, "\(text)")
    }
  }

  @Test func wholeNumbersKeepAllTheirDigits() throws {
    for number in [Int.max, .min, 9_007_199_254_740_993, 0] {
      #expect(try JSON(parsing: "\(number)").integer == number)
    }
    // Beyond 64 bits they are the nearest Double, which is no 64-bit number.
    #expect(try JSON(parsing: "9223372036854775808").integer == nil)
    #expect(try JSON(parsing: "1e2").integer == 100)
    #expect(try JSON(parsing: "1.5").integer == nil)
  }

  /// 8.1: the bytes that are no UTF-8, inside a string and outside.
  @Test(
    arguments: [
      [0xFF], [0xFE], [0x80], [0xBF], [0xC0, 0x80], [0xC1, 0xBF], [0xC2], [0xC2, 0x20], [0xE0, 0x80, 0x80],
      [0xE0, 0x9F, 0xBF],
      [0xE2, 0x82], [0xED, 0xA0, 0x80], [0xED, 0xBF, 0xBF], [0xF0, 0x80, 0x80, 0x80], [0xF0, 0x8F, 0xBF, 0xBF],
      [0xF0, 0x9F, 0xA4], [0xF4, 0x90, 0x80, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xF8, 0x88, 0x80, 0x80, 0x80],
    ] as [[UInt8]])
  func refusesWhatIsNotUTF8(_ bytes: [UInt8]) {
    let quote = [UInt8(ascii: "\"")]
    for text in [quote + bytes + quote, quote + Array(#"\n"#.utf8) + bytes + quote, bytes, bytes + Array("1".utf8)] {
      #expect(throws: JSON.ParsingError.self) { try JSON(parsing: text) }
    }
  }

  /// 9: nesting may be bounded: exactly there.
  @Test func nestingIsBounded() throws {
    func nested(_ count: Int, _ open: String, _ close: String) -> String {
      String(repeating: open, count: count) + "1" + String(repeating: close, count: count)
    }
    for (open, close) in [("[", "]"), (#"{"a":"#, "}"), ("[[", "]]"), (#"{"a":["#, "]}")] {
      let most = JSON.maximumDepth / open.count(where: { $0 == "[" || $0 == "{" })
      _ = try JSON(parsing: nested(most, open, close))
      let error = #expect(throws: JSON.ParsingError.self) { try JSON(parsing: nested(most + 1, open, close)) }
      #expect(error?.problem == "nesting deeper than 128")
    }
    // Siblings are not nesting.
    let siblings = try JSON(parsing: "[" + Array(repeating: "[[]]", count: 10_000).joined(separator: ",") + "]")
    #expect(siblings.array?.count == 10_000)
  }

  /// Values take more memory than their text.
  @Test func valuesAreBounded() throws {
    for text in ["[1,[],{}]", #"{"a":{"b":[true]}}"#, "[[[1]]]"] {
      let bytes = Array(text.utf8)
      _ = try JSON(parsing: bytes, maximumValueCount: 4)
      let error = #expect(throws: JSON.ParsingError.self) { try JSON(parsing: bytes, maximumValueCount: 3) }
      #expect(error?.problem == "too many values")
    }
  }

  private static let document = #" {"a\u00e9\ud83e\udd16": [1, -2.5e3, "x\n", true, null, {}], "": {"b": [false]}} "#

  /// No beginning of a document is one, and whatever a byte becomes, it is read or refused.
  @Test func beginningsAndChangedBytes() throws {
    let bytes = Array(Self.document.utf8)
    let end = bytes.count - 1  // without the space behind it
    for count in 0..<end { #expect(throws: JSON.ParsingError.self) { try JSON(parsing: Array(bytes[..<count])) } }
    let whole = try JSON(parsing: bytes).text
    for place in bytes.indices {
      for byte in UInt8.min...UInt8.max {
        var changed = bytes
        changed[place] = byte
        guard let json = try? JSON(parsing: changed) else { continue }
        // What was read is written, and read again, as the same.
        #expect(try JSON(parsing: json.text).text == json.text)
        if byte == bytes[place] { #expect(json.text == whole) }
      }
    }
  }

  /// Not of the RFC, but of Python, whose files these are.
  @Test func numbersThatPythonWrites() throws {
    #expect(try JSON(parsing: "NaN").number?.isNaN == true)
    #expect(try JSON(parsing: "[Infinity,-Infinity]").array?.map(\.number) == [.infinity, -.infinity])
  }
}
