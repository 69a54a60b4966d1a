extension JSON {
  /// The fault of a text that is not JSON.
  package struct ParsingError: Error, Hashable, CustomStringConvertible {
    /// The problem, as a sentence fragment.
    package var problem: String
    /// Where, in bytes from the start.
    package var offset: Int

    /// A sentence fragment for a person.
    package var description: String { "not valid JSON: \(problem) at byte \(offset)" }
  }

  /// The deepest nesting accepted: hostile input must not exhaust the stack.
  package static let maximumDepth = 128

  /// The most values in a document: each takes some 48 bytes of memory, of which `[1],` spells two in four. A tokenizer
  /// of a million tokens and merges has four million.
  package static let maximumValueCount = 1 << 23

  /// Reads one JSON document (RFC 8259) from UTF-8 bytes.
  ///
  /// Python's `NaN`, `Infinity` and `-Infinity` are accepted as numbers, since checkpoints' configs carry them. A byte
  /// order mark before the document is left out. Half a surrogate pair, which the grammar allows (section 8.2) and
  /// UTF-8 cannot spell, becomes U+FFFD.
  /// - Throws: ``ParsingError``, for anything else that the RFC does not allow, and for more values than may be.
  package init(
    parsing bytes: UnsafeRawBufferPointer, maximumValueCount: Int = maximumValueCount
  ) throws(ParsingError) {
    var parser = Parser(bytes: bytes, valuesLeft: maximumValueCount)
    self = try parser.document()
  }

  /// Reads one JSON document from an array of UTF-8 bytes.
  package init(parsing bytes: [UInt8], maximumValueCount: Int = maximumValueCount) throws(ParsingError) {
    self = try bytes.withUnsafeBufferPointer { buffer throws(ParsingError) in
      try JSON(parsing: UnsafeRawBufferPointer(buffer), maximumValueCount: maximumValueCount)
    }
  }

  /// Reads one JSON document from a string.
  package init(parsing text: String) throws(ParsingError) {
    try self.init(parsing: Array(text.utf8))
  }
}

/// A recursive-descent parser over bytes.
private struct Parser {
  let bytes: UnsafeRawBufferPointer
  var position = 0
  var depth = 0
  var valuesLeft: Int

  init(bytes: UnsafeRawBufferPointer, valuesLeft: Int) {
    self.bytes = bytes
    self.valuesLeft = valuesLeft
  }

  mutating func document() throws(JSON.ParsingError) -> JSON {
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
    if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) {
      throw error("UTF-16, where UTF-8 is expected,")
    }
    let value = try value()
    skipSpace()
    if position < bytes.count { throw error("something follows the document") }
    return value
  }

  private func error(_ problem: String) -> JSON.ParsingError { JSON.ParsingError(problem: problem, offset: position) }

  private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

  private mutating func skipSpace() {
    while let byte = next, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { position += 1 }
  }

  private mutating func value() throws(JSON.ParsingError) -> JSON {
    skipSpace()
    guard let byte = next else { throw error("the text ends where a value is expected") }
    if valuesLeft == 0 { throw error("too many values") }
    valuesLeft -= 1
    switch byte {
    case UInt8(ascii: "{"): return try nested { parser throws(JSON.ParsingError) in try parser.object() }
    case UInt8(ascii: "["): return try nested { parser throws(JSON.ParsingError) in try parser.array() }
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number()
    case UInt8(ascii: "t"): return try word("true", .boolean(true))
    case UInt8(ascii: "f"): return try word("false", .boolean(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    case UInt8(ascii: "N"): return try word("NaN", .number(.nan))
    case UInt8(ascii: "I"): return try word("Infinity", .number(.infinity))
    default: throw error("unexpected character")
    }
  }

  private mutating func nested(
    _ body: (inout Parser) throws(JSON.ParsingError) -> JSON
  ) throws(JSON.ParsingError) -> JSON {
    depth += 1
    if depth > JSON.maximumDepth { throw error("nesting deeper than \(JSON.maximumDepth)") }
    position += 1
    let value = try body(&self)
    depth -= 1
    return value
  }

  private mutating func word(_ text: StaticString, _ value: JSON) throws(JSON.ParsingError) -> JSON {
    let end = position + text.utf8CodeUnitCount
    guard end <= bytes.count else { throw error("unexpected end") }
    for index in position..<end where bytes[index] != text.utf8Start[index - position] {
      throw error("unexpected word")
    }
    position = end
    return value
  }

  private mutating func object() throws(JSON.ParsingError) -> JSON {
    var members: [JSON.Member] = []
    skipSpace()
    if next == UInt8(ascii: "}") {
      position += 1
      return .object(members)
    }
    while true {
      skipSpace()
      guard next == UInt8(ascii: "\"") else { throw error("expected a key in double quotes") }
      let key = try string()
      skipSpace()
      guard next == UInt8(ascii: ":") else { throw error("expected a colon after a key") }
      position += 1
      members.append(JSON.Member(key, try value()))
      if try isLast(closing: UInt8(ascii: "}")) { return .object(members) }
    }
  }

  private mutating func array() throws(JSON.ParsingError) -> JSON {
    var elements: [JSON] = []
    skipSpace()
    if next == UInt8(ascii: "]") {
      position += 1
      return .array(elements)
    }
    while true {
      elements.append(try value())
      if try isLast(closing: UInt8(ascii: "]")) { return .array(elements) }
    }
  }

  /// Steps over the comma or the closing bracket that must follow an element.
  private mutating func isLast(closing: UInt8) throws(JSON.ParsingError) -> Bool {
    skipSpace()
    guard let byte = next else { throw error("the text ends inside an object or array") }
    guard byte == closing || byte == UInt8(ascii: ",") else { throw error("expected a comma or a closing bracket") }
    position += 1
    return byte == closing
  }

  private mutating func number() throws(JSON.ParsingError) -> JSON {
    let start = position
    if next == UInt8(ascii: "-") { position += 1 }
    if next == UInt8(ascii: "I") {
      _ = try word("Infinity", .null)
      return .number(-.infinity)
    }
    let integerDigits = skipDigits()
    guard integerDigits > 0 else { throw error("a number without digits") }
    if integerDigits > 1, bytes[position - integerDigits] == UInt8(ascii: "0") {
      throw error("a number with a leading zero")
    }
    var isInteger = true
    if next == UInt8(ascii: ".") {
      position += 1
      isInteger = false
      guard skipDigits() > 0 else { throw error("a number that ends in a point") }
    }
    if next == UInt8(ascii: "e") || next == UInt8(ascii: "E") {
      position += 1
      isInteger = false
      if next == UInt8(ascii: "+") || next == UInt8(ascii: "-") { position += 1 }
      guard skipDigits() > 0 else { throw error("a number with an empty exponent") }
    }
    let text = String(decoding: bytes[start..<position], as: UTF8.self)
    if isInteger, let value = Int(text) { return .integer(value) }
    guard let value = Double(text) else { throw error("a number that cannot be read") }
    return .number(value)
  }

  private mutating func skipDigits() -> Int {
    let start = position
    while let byte = next, byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") { position += 1 }
    return position - start
  }

  private mutating func string() throws(JSON.ParsingError) -> String {
    position += 1
    let start = position
    while let byte = next, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\"), byte >= 0x20 { position += 1 }
    if next == UInt8(ascii: "\"") {  // the usual case: no escapes
      let text = try decode(bytes[start..<position])
      position += 1
      return text
    }
    var scalars = Array(bytes[start..<position])
    while let byte = next {
      position += 1
      switch byte {
      case UInt8(ascii: "\""): return try decode(scalars)
      case UInt8(ascii: "\\"): try escape(into: &scalars)
      case 0..<0x20: throw error("a control character inside a string")
      default: scalars.append(byte)
      }
    }
    throw error("a string that does not end")
  }

  private func decode(_ slice: some Sequence<UInt8>) throws(JSON.ParsingError) -> String {
    guard let text = String(validating: slice, as: UTF8.self) else { throw error("a string that is not UTF-8") }
    return text
  }

  private mutating func escape(into scalars: inout [UInt8]) throws(JSON.ParsingError) {
    guard let byte = next else { throw error("a string that does not end") }
    position += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): scalars.append(byte)
    case UInt8(ascii: "b"): scalars.append(0x08)
    case UInt8(ascii: "f"): scalars.append(0x0C)
    case UInt8(ascii: "n"): scalars.append(0x0A)
    case UInt8(ascii: "r"): scalars.append(0x0D)
    case UInt8(ascii: "t"): scalars.append(0x09)
    case UInt8(ascii: "u"):
      var code = try hexadecimal()
      if (0xD800..<0xDC00).contains(code), position + 1 < bytes.count, bytes[position] == UInt8(ascii: "\\"),
        bytes[position + 1] == UInt8(ascii: "u")
      {
        let afterHigh = position
        position += 2
        let low = try hexadecimal()
        if (0xDC00..<0xE000).contains(low) {
          code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
        } else {
          position = afterHigh  // what follows is a character of its own
        }
      }
      let scalar = Unicode.Scalar(code) ?? "\u{FFFD}"
      scalars.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
    default: throw error("an unknown escape")
    }
  }

  private mutating func hexadecimal() throws(JSON.ParsingError) -> UInt32 {
    guard position + 4 <= bytes.count else { throw error("an unfinished \\u escape") }
    var code: UInt32 = 0
    for _ in 0..<4 {
      let byte = bytes[position]
      let digit: UInt8
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = byte - UInt8(ascii: "0")
      case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = byte - UInt8(ascii: "a") + 10
      case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = byte - UInt8(ascii: "A") + 10
      default: throw error("a bad \\u escape")
      }
      code = code << 4 | UInt32(digit)
      position += 1
    }
    return code
  }
}
