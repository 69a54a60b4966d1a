/// Philox4x32-10: a counter-based random number generator without state.
///
/// A block is a bijection of its counter, chosen by the key: equal (key, counter) give equal numbers, on any machine
/// and in any order. J. K. Salmon et al., "Parallel Random Numbers: As Easy as 1, 2, 3", SC 2011.
package struct Philox4x32: Sendable, Hashable {
  /// The key: which of 2⁶⁴ generators this is.
  package var key: SIMD2<UInt32>

  /// A generator keyed by a seed, its low word first.
  package init(seed: UInt64) {
    key = SIMD2(UInt32(truncatingIfNeeded: seed), UInt32(truncatingIfNeeded: seed >> 32))
  }

  /// The four random words that belong to a counter.
  package func block(_ counter: SIMD4<UInt32>) -> SIMD4<UInt32> {
    var key = key
    var block = counter
    for _ in 0..<10 {
      let first = block[0].multipliedFullWidth(by: 0xD251_1F53)
      let second = block[2].multipliedFullWidth(by: 0xCD9E_8D57)
      block = SIMD4(second.high ^ block[1] ^ key[0], second.low, first.high ^ block[3] ^ key[1], first.low)
      key &+= SIMD2(0x9E37_79B9, 0xBB67_AE85)
    }
    return block
  }

  /// The 64 random bits that choose one token: a function of the job's seed, the item, the sample and the position,
  /// and of nothing else, so a text does not depend on its company, nor on the device or the order of the work.
  package func draw(item: UInt64, sample: UInt32, position: UInt32) -> UInt64 {
    let words = block(
      SIMD4(UInt32(truncatingIfNeeded: item), UInt32(truncatingIfNeeded: item >> 32), sample, position))
    return UInt64(words[0]) | UInt64(words[1]) << 32
  }
}
