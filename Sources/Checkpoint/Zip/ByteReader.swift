/// Reads little-endian fields one after another, checking every read against the end of the bytes.
///
/// All parsing of untrusted binary data goes through here. A reader must not outlive the
/// ``FileData/withBytes(_:)`` call that lent its bytes.
struct ByteReader {
  /// The file, for messages.
  let name: String
  /// The name of the data, for messages: "the pickle".
  let subject: String
  /// Reads stop before `end`, at most `bytes.count`.
  let bytes: UnsafeRawBufferPointer
  private(set) var position: Int
  let end: Int

  /// Reads the part of `bytes` in `range`, which may not be inside them: then every read fails.
  init(name: String, subject: String, bytes: UnsafeRawBufferPointer, range: Range<Int>) {
    self.name = name
    self.subject = subject
    self.bytes = bytes
    let range = range.clamped(to: 0..<bytes.count)
    position = range.lowerBound
    end = range.upperBound
  }

  var isAtEnd: Bool { position == end }

  /// Skips `count` bytes and returns their place.
  mutating func skip(_ count: Int) throws(CheckpointError) -> Range<Int> {
    guard count >= 0, count <= end - position else {
      throw CheckpointError(name, "\(subject) ends too early, at byte \(end)")
    }
    defer { position += count }
    return position..<position + count
  }

  /// Reads a little-endian integer.
  mutating func read<I: FixedWidthInteger & BitwiseCopyable>(_ type: I.Type) throws(CheckpointError) -> I {
    let range = try skip(MemoryLayout<I>.size)
    return I(littleEndian: bytes.loadUnaligned(fromByteOffset: range.lowerBound, as: type))
  }

  /// Reads up to the next line feed, which is stepped over and not returned.
  mutating func line() throws(CheckpointError) -> Range<Int> {
    let start = position
    while try read(UInt8.self) != UInt8(ascii: "\n") {}
    return start..<position - 1
  }

  /// The UTF-8 text in a range that was taken.
  func text(_ range: Range<Int>) throws(CheckpointError) -> String {
    guard let text = String(validating: bytes[range], as: UTF8.self) else {
      throw CheckpointError(name, "\(subject) has text that is not UTF-8 at byte \(range.lowerBound)")
    }
    return text
  }
}
