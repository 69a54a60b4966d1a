import TestSupport
import Testing

@testable import Backend
@testable import Diagnosis

/// What int4 makes of weights, by the reference that every device's packing is compared with.
@Suite struct FourBitsTests {
  private func stored(_ column: [Double]) -> [Double] { Precision.int4.stored(column.map { [$0] }).map { $0[0] } }

  private func squaredError(_ found: [Double], _ right: [Double]) -> Double {
    zip(found, right).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
  }

  /// The largest of each 32 as -8, without a search: llama.cpp's q4_0.
  private func largestAsEight(_ column: [Double]) -> [Double] {
    stride(from: 0, to: column.count, by: 32).flatMap { first in
      let span = column[first..<min(first + 32, column.count)]
      let scale = (span.max { abs($0) < abs($1) } ?? 0) / -8
      return span.map { scale == 0 ? 0 : min(max(($0 / scale).rounded(), -8), 7) * scale }
    }
  }

  /// The search of scales is worth its time, at every size.
  @Test func errorsAreSmallerThanWithoutASearch() {
    var generator = TestGenerator(state: 4)
    for count in [32, 100, 128, 129, 768] {
      let columns = (0..<40).map { _ in (0..<count).map { _ in Double(generator.normal()) * 0.05 } }
      let found = columns.reduce(0) { $0 + squaredError(stored($1), $1) }
      let simple = columns.reduce(0) { $0 + squaredError(largestAsEight($1), $1) }
      #expect(found < 0.93 * simple, "K \(count): \(found / simple)")
    }
  }

  /// Few values that have a common scale stay what they are, whichever sign the largest has.
  @Test(arguments: [1.0, -1.0])
  func wholeNumbersOfAScaleAreExact(_ sign: Double) {
    let column = (0..<160).map { sign * Double($0 * 5 % 16 - 8) * 0.25 }
    #expect(zip(stored(column), column).allSatisfy { abs($0 - $1) < 1e-6 })
  }

  /// A large weight takes no bits from the spans beside it, but for its multiple of 1/127.
  @Test func spansHaveScalesOfTheirOwn() {
    var generator = TestGenerator(state: 5)
    var column = (0..<128).map { _ in Double(generator.normal()) }
    column[3] = 20
    let found = stored(column)
    #expect(squaredError(Array(found[32...]), Array(column[32...])) < 96 * 0.02)
  }

  @Test func extremesAreFinite() {
    #expect(stored([0, 0, 0]) == [0, 0, 0])
    #expect(stored([1e-35, -1e-36]) == [0, 0])
    let huge = stored([3.4e38, -3.4e38, 1e30])
    #expect(huge.allSatisfy(\.isFinite) && abs(huge[0] / 3.4e38 - 1) < 0.1 && abs(huge[1] / 3.4e38 + 1) < 0.1)
  }
}
