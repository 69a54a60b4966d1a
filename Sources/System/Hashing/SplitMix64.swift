/// Random numbers from a counter (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014): the
/// same for the same seed everywhere, and the n-th of a seed at once, without those before.
package struct SplitMix64: RandomNumberGenerator, Sendable {
  @usableFromInline var state: UInt64

  /// The numbers of a seed.
  @inlinable package init(seed: UInt64) { state = seed }

  /// The next number.
  @inlinable package mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    return Self.mix(state)
  }

  /// The number at a place of the sequence.
  @inlinable @inline(__always)
  package static func mix(_ counter: UInt64) -> UInt64 {
    var z = counter
    z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
    return z ^ z >> 31
  }
}
