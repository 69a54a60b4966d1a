/// Reads the fields of a Protocol Buffers message (protobuf.dev/programming-guides/encoding), each within its bytes.
struct ProtobufReader {
  /// A field's value; groups, which are long out of use, are an error.
  enum Value {
    case integer(UInt64)
    case fixed32(UInt32)
    case fixed64(UInt64)
    /// A text, a message, packed numbers: where it lies.
    case bytes(Range<Int>)
  }

  struct Malformed: Error {
    /// Where, in bytes from the start.
    var offset: Int
  }

  private let bytes: [UInt8]
  private var position: Int
  private let end: Int

  init(_ bytes: [UInt8], in range: Range<Int>) {
    self.bytes = bytes
    position = range.lowerBound
    end = range.upperBound
  }

  /// The next field's number and value; nil at the end of the message.
  mutating func next() throws(Malformed) -> (number: UInt64, value: Value)? {
    if position == end { return nil }
    let tag = try integer()
    switch tag & 7 {
    case 0: return (tag >> 3, .integer(try integer()))
    case 1: return (tag >> 3, .fixed64(try fixed(8)))
    case 2:
      let start = position
      guard let count = Int(exactly: try integer()), count <= end - position else { throw Malformed(offset: start) }
      defer { position += count }
      return (tag >> 3, .bytes(position..<position + count))
    case 5: return (tag >> 3, .fixed32(UInt32(truncatingIfNeeded: try fixed(4))))
    default: throw Malformed(offset: position)
    }
  }

  /// A number in groups of seven bits, the lowest first.
  private mutating func integer() throws(Malformed) -> UInt64 {
    var value: UInt64 = 0
    for shift in stride(from: UInt64(0), to: 64, by: 7) {
      guard position < end else { throw Malformed(offset: position) }
      let byte = bytes[position]
      position += 1
      value |= UInt64(byte & 0x7F) << shift
      if byte & 0x80 == 0 { return value }
    }
    throw Malformed(offset: position)
  }

  private mutating func fixed(_ count: Int) throws(Malformed) -> UInt64 {
    guard count <= end - position else { throw Malformed(offset: position) }
    defer { position += count }
    return (0..<count).reduce(0) { $0 | UInt64(bytes[position + $1]) << UInt64(8 * $1) }
  }
}
