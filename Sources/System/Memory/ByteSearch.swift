/// Searches for bytes that are far apart, many at a time.
package enum ByteSearch {
  /// The place of the first byte of a value in a range of an array; nil where there is none.
  package static func first(_ byte: UInt8, in bytes: [UInt8], _ range: Range<Int>) -> Int? {
    precondition(range.lowerBound >= 0 && range.upperBound <= bytes.count)
    return bytes.withUnsafeBytes { bytes in
      guard let base = bytes.baseAddress, let found = memchr(base + range.lowerBound, Int32(byte), range.count) else {
        return nil
      }
      return UnsafeRawPointer(found) - base
    }
  }

  /// Where the bytes end, from a place on, that stand for themselves in a JSON string: at a quote, a backslash, a control
  /// character, or behind the last byte.
  package static func endOfPlainText(in bytes: UnsafeBufferPointer<UInt8>, from start: Int) -> Int {
    let words = UnsafeRawBufferPointer(bytes)
    var place = start
    while place + 8 <= words.count {
      let word = UInt64(littleEndian: words.loadUnaligned(fromByteOffset: place, as: UInt64.self))
      // A borrow may mark a byte behind the first that is right, never before it.
      let found = zeros(word ^ each(0x22)) | zeros(word ^ each(0x5C)) | ((word &- each(0x20)) & ~word & each(0x80))
      if found != 0 { return place + found.trailingZeroBitCount / 8 }
      place += 8
    }
    while place < bytes.count, bytes[place] >= 0x20, bytes[place] != 0x22, bytes[place] != 0x5C { place += 1 }
    return place
  }

  /// A byte in all eight places of a word.
  private static func each(_ byte: UInt8) -> UInt64 { UInt64(byte) &* 0x0101_0101_0101_0101 }

  /// Marks the lowest byte of a word that is zero by its highest bit.
  private static func zeros(_ word: UInt64) -> UInt64 { (word &- each(1)) & ~word & each(0x80) }
}
