/// GPT-2's spelling of bytes as printable characters (`bytes_to_unicode` of openai/gpt-2, `src/encoder.py`).
///
/// The bytes that are printable in Latin-1 stand for themselves; the other 68 are U+0100, U+0101, … in their order.
/// A space, 0x20, is therefore spelled "Ġ", U+0120.
package enum ByteAlphabet {
  /// The character of each byte.
  package static let scalars: [Unicode.Scalar] = {
    var next: UInt32 = 0x100
    return (UInt8.min...UInt8.max).map { byte in
      if isPrintable(byte) { return Unicode.Scalar(byte) }
      defer { next += 1 }
      return Unicode.Scalar(next) ?? "\u{FFFD}"
    }
  }()

  /// The byte of each character below U+0144, the first that stands for none.
  private static let bytes: [UInt8?] = {
    var bytes = [UInt8?](repeating: nil, count: 0x144)
    for (byte, scalar) in scalars.enumerated() { bytes[Int(scalar.value)] = UInt8(byte) }
    return bytes
  }()

  /// The spelling of each byte, in UTF-8.
  private static let spellings: [[UInt8]] = scalars.map { [UInt8](scalars: [$0]) }

  /// Bytes, spelled in the alphabet.
  static func spelled(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(2 * bytes.count)
    for byte in bytes { result += spellings[Int(byte)] }
    return result
  }

  /// The bytes that a piece stands for; `nil` where a character of it stands for none.
  static func bytes(of piece: String) -> [UInt8]? {
    var result: [UInt8] = []
    result.reserveCapacity(piece.utf8.count)
    for scalar in piece.unicodeScalars {
      guard scalar.value < bytes.count, let byte = bytes[Int(scalar.value)] else { return nil }
      result.append(byte)
    }
    return result
  }

  private static func isPrintable(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x21...0x7E, 0xA1...0xAC, 0xAE...0xFF: true
    default: false
    }
  }
}
