// Most processors that this is compiled for could have no instruction for half numbers: these take a fifth of the time of
// Float16's own conversions, which are then calls.

extension UInt16 {
  /// The half number of these bits.
  ///
  /// Without branches, so that it vectorises: the exponent is moved to fp32's place, where a product by 2^112 corrects
  /// its bias, subnormal numbers included.
  @inlinable @inline(__always)
  package var widened: Float {
    let magnitude = UInt32(self & 0x7FFF) << 13
    // Infinities and NaN keep the largest exponent.
    let exponent: UInt32 = magnitude >= 0x0F80_0000 ? 0x7F80_0000 : 0
    let value = (Float(bitPattern: magnitude) * 0x1p112).bitPattern | exponent
    return Float(bitPattern: value | UInt32(self & 0x8000) << 16)
  }
}

extension Float {
  /// The bits of the nearest half number, ties to even.
  @inline(__always)
  var narrowed: UInt16 {
    let sign = bitPattern & 0x8000_0000
    let magnitude = bitPattern ^ sign
    // An addition whose unit in the last place is that of half's smallest numbers.
    let subnormal = (Float(bitPattern: magnitude) + 0.5).bitPattern &- Float(0.5).bitPattern
    let normal = (magnitude &+ 0xC800_0FFF &+ (magnitude >> 13 & 1)) >> 13
    let special: UInt32 = magnitude > 0x7F80_0000 ? 0x7E00 : 0x7C00
    let bits = magnitude >= 0x4780_0000 ? special : magnitude < 0x3880_0000 ? subnormal : normal
    return UInt16(truncatingIfNeeded: bits | sign >> 16)
  }

  /// The bits of the nearest bf16, ties to even.
  @inline(__always)
  var bfloat16Bits: UInt16 {
    let rounded = (bitPattern &+ 0x7FFF &+ (bitPattern >> 16 & 1)) >> 16
    let quiet = bitPattern >> 16 | 0x40
    return UInt16(truncatingIfNeeded: bitPattern & 0x7FFF_FFFF > 0x7F80_0000 ? quiet : rounded)
  }
}
