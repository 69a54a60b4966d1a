import Testing

@testable import Checkpoint

/// Conversions of half numbers and bf16, against Swift's and against the definition.
@Suite struct ShortFloatsTests {
  private func isSame(_ left: UInt16, _ right: UInt16) -> Bool {
    let (a, b) = (Float16(bitPattern: left), Float16(bitPattern: right))
    return left == right || a.isNaN && b.isNaN
  }

  @Test func everyHalfNumber() {
    for bits in UInt16.min...UInt16.max {
      let wanted = Float(Float16(bitPattern: bits))
      guard bits.widened.bitPattern == wanted.bitPattern || bits.widened.isNaN && wanted.isNaN,
        isSame(bits.widened.narrowed, bits)
      else {
        Issue.record("\(String(bits, radix: 16))")
        return
      }
      // One under, at and over the middle between it and the next.
      let middle = wanted.bitPattern &+ 0x1000
      for pattern in [middle &- 1, middle, middle &+ 1] {
        let value = Float(bitPattern: pattern)
        guard isSame(value.narrowed, Float16(value).bitPattern) else {
          Issue.record("\(value)")
          return
        }
      }
    }
  }

  @Test func numbersOfEveryExponent() {
    for step in 0..<100_000 {
      let value = Float(bitPattern: UInt32(step) &* 42_949)
      guard isSame(value.narrowed, Float16(value).bitPattern) else {
        Issue.record("\(value)")
        return
      }
      let short = Float(bitPattern: UInt32(value.bfloat16Bits) << 16)
      guard !value.isNaN else {
        #expect(short.isNaN)
        continue
      }
      // No other bf16 is nearer.
      let neighbours = [value.bfloat16Bits &- 1, value.bfloat16Bits &+ 1].map { Float(bitPattern: UInt32($0) << 16) }
      let isNearest = neighbours.allSatisfy {
        !$0.isFinite || abs(Double(short) - Double(value)) <= abs(Double($0) - Double(value))
      }
      guard isNearest || short.isInfinite else {
        Issue.record("\(value)")
        return
      }
    }
    #expect(
      Float(bitPattern: 0x3F80_8000).bfloat16Bits == 0x3F80 && Float(bitPattern: 0x3F81_8000).bfloat16Bits == 0x3F82)
    #expect(Float(bitPattern: 0xFFFF_FFFF).bfloat16Bits & 0x7FFF > 0x7F80)
  }
}
