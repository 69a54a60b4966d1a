internal import System

/// Random numbers that are the same in every run, so that a failing case can be run again.
package struct TestGenerator: RandomNumberGenerator {
  private var generator: SplitMix64

  package init(state: UInt64) { generator = SplitMix64(seed: state) }

  package mutating func next() -> UInt64 { generator.next() }

  /// A number from 0 up to a bound, as `make_fixture.py` of the tokenizer's tests draws it: `random(in:using:)` of the
  /// standard library promises no sequence.
  package mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }

  /// A number of the normal distribution, by twelve uniform ones of 24 bits. In plain arithmetic, as tests draw millions
  /// and are not optimised: `Float.random(in:using:)` would take twenty times as long.
  package mutating func normal() -> Float {
    var sum: Float = -6
    var count = 0
    while count < 12 {
      sum += Float(next() & 0xFF_FFFF) * 0x1p-24
      count += 1
    }
    return sum
  }
}
