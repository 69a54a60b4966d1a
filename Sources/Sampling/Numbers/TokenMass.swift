/// The arithmetic of sampling: probabilities as integers.
///
/// A token's *depth* is how far its logit lies under the largest one, in octaves, as a fixed-point number with 24
/// fractional bits; its *mass* is 2⁴⁰ · 2^-depth, a whole number. Floating point ends with the depth, after one
/// subtraction and one multiplication, which IEEE 754 and OpenCL both round correctly. Sums of masses are exact, hence
/// the same in any order: every device, work-group shape and vector width keeps and chooses the same tokens.
/// `Kernels/*/sampling*.cl` hold the same functions.
enum TokenMass {
  /// The mass of the token with the largest logit.
  static let unit: UInt64 = 1 << 40

  /// The deepest depth with a mass above zero: 40 octaves.
  static let deepest: UInt32 = 40 << 24

  /// The depth of a logit under `maximum`; `scale` is octaves per logit, log2(e) / temperature.
  ///
  /// Needs a finite maximum and a positive, finite scale; minus infinity and whatever else is beyond 63 octaves gives
  /// 63 octaves.
  @inline(__always)
  static func depth(of logit: Float, below maximum: Float, scale: Float) -> UInt32 {
    let octaves = (maximum - logit) * scale
    return UInt32((octaves < 63 ? octaves : 63) * 0x1p24)
  }

  /// The mass at a depth, within 10⁻⁷ of the power of two, and never rising with the depth.
  @inline(__always)
  static func mass(atDepth depth: UInt32) -> UInt64 {
    // 2⁻ˣ = 1 - x(c₁ - x(c₂ - x(c₃ - x(c₄ - x c₅)))) on [0, 1), minimax in relative error and exact at both ends,
    // with x and the coefficients in units of 2⁻³²: no product leaves 64 bits, no difference is negative.
    let x = UInt64(depth & 0xFF_FFFF) << 8
    var power: UInt64 = 0x003D_94DE
    power = 0x025A_8645 &- (x &* power) >> 32
    power = 0x0E27_5966 &- (x &* power) >> 32
    power = 0x3D7C_413C &- (x &* power) >> 32
    power = 0xB171_D93D &- (x &* power) >> 32
    power = 0x1_0000_0000 &- (x &* power) >> 32
    return (power << 8) >> UInt64(depth >> 24)
  }

  /// The deepest depth whose mass is at least `floor`.
  static func depth(ofMassAtLeast floor: UInt64) -> UInt32 {
    var depths = 0...deepest
    while depths.lowerBound < depths.upperBound {
      let middle = depths.lowerBound + (depths.upperBound - depths.lowerBound + 1) / 2
      depths = mass(atDepth: middle) >= floor ? middle...depths.upperBound : depths.lowerBound...(middle - 1)
    }
    return depths.lowerBound
  }
}
