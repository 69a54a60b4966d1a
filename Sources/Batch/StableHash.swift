/// FNV-1a (Fowler, Noll and Vo, RFC 9923): the same on every machine and in every version, unlike `Hasher`.
struct StableHash {
  /// The hash of the bytes so far, in 128 bits.
  private(set) var value: UInt128 = 0x6C62_272E_07BB_0142_62B8_2175_6295_C58D

  mutating func combine(_ bytes: some Sequence<UInt8>) {
    for byte in bytes { value = (value ^ UInt128(byte)) &* 0x0000_0000_0100_0000_0000_0000_0000_013B }
  }

  /// The value in hexadecimal, all of its digits.
  var text: String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 32 - digits.count) + digits
  }

  /// The hash of bytes in 64 bits.
  static func fnv1a64(_ bytes: some Sequence<UInt8>) -> UInt64 {
    bytes.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01B3 }
  }

  /// MurmurHash3's last step: FNV-1a's low bits alone are poor (the lowest is the parity of the bytes' lowest).
  static func mix(_ hash: UInt64) -> UInt64 {
    var hash = (hash ^ hash >> 33) &* 0xFF51_AFD7_ED55_8CCD
    hash = (hash ^ hash >> 33) &* 0xC4CE_B9FE_1A85_EC53
    return hash ^ hash >> 33
  }
}
