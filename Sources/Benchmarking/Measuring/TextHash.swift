/// FNV-1a over tokens, in the order of the sequences: tells whether two runs wrote the same.
struct TextHash {
  private var state: UInt64 = 0xCBF2_9CE4_8422_2325

  mutating func add(_ tokens: [Int32]) {
    for token in tokens {
      withUnsafeBytes(of: token.littleEndian) { for byte in $0 { add(byte) } }
    }
    add(0xFF)  // an end, so that "1 | 2 3" is not "1 2 | 3"
  }

  private mutating func add(_ byte: UInt8) { state = (state ^ UInt64(byte)) &* 0x100_0000_01B3 }

  /// Sixteen hexadecimal digits.
  var text: String {
    let digits = String(state, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}
