internal import System

/// Random numbers that are the same in every run, so that a failing case can be run again.
package struct TestGenerator: RandomNumberGenerator {
  private var generator: SplitMix64

  package init(state: UInt64) { generator = SplitMix64(seed: state) }

  package mutating func next() -> UInt64 { generator.next() }

  /// A number from 0 up to a bound, as `make_fixture.py` of the tokenizer's tests draws it: `random(in:using:)` of the
  /// standard library promises no sequence.
  package mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }

  /// A number of the normal distribution, by twelve uniform ones.
  package mutating func normal() -> Float {
    (0..<12).reduce(-6) { sum, _ in sum + Float.random(in: 0..<1, using: &self) }
  }
}
