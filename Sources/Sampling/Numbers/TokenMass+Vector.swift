// Of sixteen tokens at once, the numbers are those of one, to the bit.
extension TokenMass {
  /// ``depth(of:below:scale:)`` of sixteen logits.
  ///
  /// The standard library converts vectors lane by lane, through code for any type: slower than all the rest. Here sums
  /// with large numbers leave whole numbers in their last bits instead.
  @inline(__always)
  static func depths(of logits: SIMD16<Float>, below maximum: Float, scale: Float) -> SIMD16<UInt32> {
    var octaves = (maximum - logits) * scale
    octaves.replace(with: 63, where: .!(octaves .< 63))
    // The last bit of numbers from 2²² to 2²³ counts halves, and the difference from the nearest half is exact.
    let halves = octaves + 0x1p22
    let rest = (octaves - (halves - 0x1p22)) * 0x1p24
    // At most 2²² either way. The last bit of numbers from 2²³ to 2²⁴ counts ones.
    let ones = rest + 0x1.8p23
    let rounded = ones - 0x1.8p23
    var depths = (unsafeBitCast(halves, to: SIMD16<UInt32>.self) &- Float(0x1p22).bitPattern) &<< 23
    depths &+= unsafeBitCast(ones, to: SIMD16<UInt32>.self) &- Float(0x1.8p23).bitPattern
    // Sums round to the nearest, depths down.
    return depths.replacing(with: depths &- 1, where: rounded .> rest)
  }

  /// ``mass(atDepth:)`` of sixteen depths.
  @inline(__always)
  static func masses(atDepths depths: SIMD16<UInt32>) -> SIMD16<UInt64> {
    let low = SIMD16<UInt64>(repeating: 0xFFFF_FFFF)
    let x = SIMD16<UInt64>(truncatingIfNeeded: (depths & 0xFF_FFFF) &<< 8)
    var power = SIMD16<UInt64>(repeating: 0x003D_94DE)
    // The masks tell the compiler that 32 × 32 bits are multiplied.
    power = (0x025A_8645 &- (x &* power) &>> 32) & low
    power = (0x0E27_5966 &- (x &* power) &>> 32) & low
    power = (0x3D7C_413C &- (x &* power) &>> 32) & low
    power = (0xB171_D93D &- (x &* power) &>> 32) & low
    power = 0x1_0000_0000 &- (x &* power) &>> 32
    return (power &<< 8) &>> SIMD16<UInt64>(truncatingIfNeeded: depths &>> 24)
  }
}
