extension JSON {
  /// The document on one line (RFC 8259): members in order, numbers as short as reads back the same.
  ///
  /// NaN and the infinities, which JSON cannot say, become `null`.
  package var text: String {
    var writer = Writer()
    writer.write(self)
    return String(decoding: writer.bytes, as: UTF8.self)
  }

  /// An integer; as a string where it is larger than an `Int`.
  package init(_ value: UInt64) {
    self = Int(exactly: value).map(JSON.integer) ?? .string(String(value))
  }
}

extension JSON: ExpressibleByDictionaryLiteral {
  /// An object, its members in the order given.
  package init(dictionaryLiteral members: (String, JSON)...) {
    self = .object(members.map { Member($0, $1) })
  }
}

/// Collects the bytes of a document.
private struct Writer {
  var bytes: [UInt8] = []

  mutating func write(_ json: JSON) {
    switch json {
    case .null: append("null")
    case .boolean(let value): append(value ? "true" : "false")
    case .integer(let value): append(value.description)
    // Swift's description of a finite Double is the shortest that reads back the same, and a JSON number.
    case .number(let value): append(value.isFinite ? value.description : "null")
    case .string(let value): write(value)
    case .array(let elements):
      writeList(elements, between: "[", and: "]") { $0.write($1) }
    case .object(let members):
      writeList(members, between: "{", and: "}") {
        $0.write($1.key)
        $0.append(":")
        $0.write($1.value)
      }
    }
  }

  private mutating func append(_ text: String) { bytes.append(contentsOf: text.utf8) }

  private mutating func writeList<Element>(
    _ elements: [Element], between opening: String, and closing: String,
    element write: (inout Writer, Element) -> Void
  ) {
    append(opening)
    for (index, element) in elements.enumerated() {
      if index > 0 { append(",") }
      write(&self, element)
    }
    append(closing)
  }

  private mutating func write(_ string: String) {
    append("\"")
    for byte in string.utf8 {
      switch byte {
      case UInt8(ascii: "\""): append("\\\"")
      case UInt8(ascii: "\\"): append("\\\\")
      case UInt8(ascii: "\n"): append("\\n")
      case UInt8(ascii: "\r"): append("\\r")
      case UInt8(ascii: "\t"): append("\\t")
      case 0..<0x20:
        append("\\u00")
        if byte < 0x10 { append("0") }
        append(String(byte, radix: 16))
      default: bytes.append(byte)
      }
    }
    append("\"")
  }
}
