import System
import Testing

@Suite struct ByteSearchTests {
  /// Every place of every kind of byte, from every place on.
  @Test func plainTextEndsWhereItDoes() {
    for count in 0..<20 {
      for end in 0...count {
        for byte in [0x22, 0x5C, 0x1F, 0x00, 0x0A] as [UInt8] {
          // Neighbours of what is looked for, and bytes that borrow.
          for filler in [0x20, 0x21, 0x23, 0x5B, 0x5D, 0x7F, 0x80, 0xA2, 0xDC, 0xFF] as [UInt8] {
            var bytes = [UInt8](repeating: filler, count: count)
            if end < count { bytes[end] = byte }
            for start in 0...end {
              #expect(bytes.withUnsafeBufferPointer { ByteSearch.endOfPlainText(in: $0, from: start) } == end)
            }
          }
        }
      }
    }
  }

  @Test func theFirstOfAByteIsFound() {
    let bytes = Array("one\ntwo\n".utf8)
    #expect(ByteSearch.first(0x0A, in: bytes, 0..<8) == 3 && ByteSearch.first(0x0A, in: bytes, 4..<8) == 7)
    #expect(ByteSearch.first(0x0A, in: bytes, 4..<7) == nil && ByteSearch.first(0x0A, in: bytes, 8..<8) == nil)
    #expect(ByteSearch.first(0x0A, in: [], 0..<0) == nil)
  }
}
