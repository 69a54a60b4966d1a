/// Random numbers from a counter (Steele et al. 2014): the n-th of a seed at once, without those before.
struct SplitMix64: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    return Self.mix(state)
  }

  /// The number at a place of the sequence.
  @inline(__always)
  static func mix(_ counter: UInt64) -> UInt64 {
    var z = counter
    z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
    return z ^ z >> 31
  }
}
