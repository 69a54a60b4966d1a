/// The FNV-1a hash (Fowler, Noll and Vo; RFC 9923): the same on every machine and in every version, unlike `Hasher`.
///
/// Its low bits alone are poor (the lowest is the parity of the bytes' lowest): see ``MurmurHash3``.
package struct FNV1a<Value: FNVValue> {
  /// The hash of the bytes so far.
  package var value = Value.fnvOffsetBasis

  /// The hash of no bytes.
  @inlinable package init() {}

  /// The hash of some bytes.
  @inlinable package init(_ bytes: some Sequence<UInt8>) { combine(bytes) }

  /// Adds bytes.
  @inlinable package mutating func combine(_ bytes: some Sequence<UInt8>) {
    for byte in bytes { value = (value ^ Value(truncatingIfNeeded: byte)) &* Value.fnvPrime }
  }

  /// The value in hexadecimal, all of its digits.
  package var text: String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: Value.bitWidth / 4 - digits.count) + digits
  }
}

extension FNV1a where Value == UInt128 {
  /// The hash of some bytes, compiled for this type here: of a program's megabytes, generic code that other targets do not
  /// specialise takes a third of a second.
  package init(_ bytes: [UInt8]) {
    for byte in bytes { value = (value ^ UInt128(byte)) &* UInt128.fnvPrime }
  }
}

extension FNV1a: Sendable where Value: Sendable {}

/// FNV-1a in 64 bits.
package typealias FNV1a64 = FNV1a<UInt64>
/// FNV-1a in 128 bits.
package typealias FNV1a128 = FNV1a<UInt128>

/// A number of as many bits as an FNV hash may have.
package protocol FNVValue: FixedWidthInteger, UnsignedInteger {
  /// The hash of no bytes.
  static var fnvOffsetBasis: Self { get }
  /// The factor of a step.
  static var fnvPrime: Self { get }
}

extension UInt64: FNVValue {
  @inlinable package static var fnvOffsetBasis: UInt64 { 0xCBF2_9CE4_8422_2325 }
  @inlinable package static var fnvPrime: UInt64 { 0x0000_0100_0000_01B3 }
}

extension UInt128: FNVValue {
  @inlinable package static var fnvOffsetBasis: UInt128 { 0x6C62_272E_07BB_0142_62B8_2175_6295_C58D }
  @inlinable package static var fnvPrime: UInt128 { 0x0000_0000_0100_0000_0000_0000_0000_013B }
}
