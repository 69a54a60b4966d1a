/// Sixteen numbers at a time, without fused multiply-add: the baseline processor has none, and a call for each would be
/// slow.
typealias Vector = SIMD16<Float>

extension SIMD16<Float> {
  /// e^x to about 2 units in the last place; 0 below -87, and no larger than at 88.
  ///
  /// x = n log 2 + r with |r| <= log 2 / 2, and a polynomial of degree 6 in r (Taylor's, enough for 24 bits).
  @inline(__always)
  static func exp(_ value: Vector) -> Vector {
    // The compiler turns replacing by a comparison's mask into vector instructions, clamping not.
    var x = value
    x.replace(with: 88, where: value .> 88)
    x.replace(with: -87, where: value .< -87)
    let magic: Float = 12_582_912  // 1.5 · 2^23: adding it rounds to an integer in the low bits
    let shifted = x * 1.442_695_04 + magic
    let n = shifted - magic
    let r = (x - n * 0.693_359_375) - n * -2.121_944_4e-4
    var p = Vector(repeating: 1.0 / 720)
    p = p * r + 1.0 / 120
    p = p * r + 1.0 / 24
    p = p * r + 1.0 / 6
    p = p * r + 0.5
    p = p * r + 1
    p = p * r + 1
    let exponent = (unsafeBitCast(shifted, to: SIMD16<Int32>.self) &- 0x4B40_0000) &<< 23
    var scaled = unsafeBitCast(unsafeBitCast(p, to: SIMD16<Int32>.self) &+ exponent, to: Vector.self)
    scaled.replace(with: 0, where: value .< -87)
    return scaled
  }

  /// 1 / (1 + e^-x).
  @inline(__always)
  static func sigmoid(_ x: Vector) -> Vector { 1 / (1 + exp(-x)) }
}
