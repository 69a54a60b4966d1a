/// The checksum of zip entries: CRC-32, reflected polynomial 0xEDB88320 (PKWARE APPNOTE 4.4.7).
enum CRC32 {
  /// Row k holds the remainders of each byte followed by k zero bytes, so that 8 bytes go in one step without
  /// waiting for one another ("slicing by 8", Kounavis and Berry 2005).
  private static let table: [UInt32] = {
    var table: [UInt32] = []
    for byte: UInt32 in 0..<256 {
      var remainder = byte
      for _ in 0..<8 { remainder = remainder & 1 == 1 ? remainder >> 1 ^ 0xEDB8_8320 : remainder >> 1 }
      table.append(remainder)
    }
    for index in 0..<7 * 256 { table.append(step(table[index], 0, table)) }
    return table
  }()

  private static func step(_ remainder: UInt32, _ byte: UInt8, _ table: [UInt32]) -> UInt32 {
    table[Int(UInt8(truncatingIfNeeded: remainder) ^ byte)] ^ remainder >> 8
  }

  static func checksum(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
    let table = table
    var remainder = UInt32.max
    let whole = bytes.count & ~7
    for offset in stride(from: 0, to: whole, by: 8) {
      let word = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
      let mixed = word ^ UInt64(remainder)
      remainder = 0
      for place in 0..<8 {
        let byte = Int(UInt8(truncatingIfNeeded: mixed >> UInt64(8 * place)))
        remainder ^= table[(7 - place) * 256 + byte]
      }
    }
    for offset in whole..<bytes.count { remainder = step(remainder, bytes[offset], table) }
    return ~remainder
  }
}
