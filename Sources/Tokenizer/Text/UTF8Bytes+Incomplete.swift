extension [UInt8] {
  /// How many bytes at the end may be the start of a character whose rest has not come.
  var incompleteSuffixCount: Int {
    // A lead byte begins a new maximal subpart, so decoding may be cut before the last one.
    guard let lead = lastIndex(where: { $0 & 0xC0 != 0x80 }) else { return 0 }
    let suffix = self[lead...]
    return Self.isIncomplete(suffix) ? suffix.count : 0
  }

  /// Whether more bytes could make one character of these: a lead byte and continuations (Unicode 16, table 3-7).
  private static func isIncomplete(_ bytes: ArraySlice<UInt8>) -> Bool {
    let (length, second): (Int, ClosedRange<UInt8>) =
      switch bytes[bytes.startIndex] {
      case 0xC2...0xDF: (2, 0x80...0xBF)
      case 0xE0: (3, 0xA0...0xBF)
      case 0xED: (3, 0x80...0x9F)
      case 0xE1...0xEF: (3, 0x80...0xBF)
      case 0xF0: (4, 0x90...0xBF)
      case 0xF1...0xF3: (4, 0x80...0xBF)
      case 0xF4: (4, 0x80...0x8F)
      default: (1, 0x80...0xBF)
      }
    return bytes.count < length && bytes.dropFirst().prefix(1).allSatisfy(second.contains)
  }
}
