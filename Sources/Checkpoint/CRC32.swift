/// The checksum of zip entries: CRC-32, reflected polynomial 0xEDB88320 (PKWARE APPNOTE 4.4.7).
enum CRC32 {
  private static let table: [UInt32] = (0..<256).map { byte in
    (0..<8).reduce(UInt32(byte)) { remainder, _ in
      remainder & 1 == 1 ? remainder >> 1 ^ 0xEDB8_8320 : remainder >> 1
    }
  }

  static func checksum(_ bytes: some Sequence<UInt8>) -> UInt32 {
    table.withUnsafeBufferPointer { table in  // spares a reference count and a bounds check a byte
      ~bytes.reduce(UInt32.max) { remainder, byte in
        table[Int(UInt8(truncatingIfNeeded: remainder) ^ byte)] ^ remainder >> 8
      }
    }
  }
}
