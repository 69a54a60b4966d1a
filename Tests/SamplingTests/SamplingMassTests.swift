import Foundation
import TestSupport
import Testing

@testable import Sampling

@Suite struct SamplingMassTests {
  @Test func exactAtWholeOctaves() {
    for octave in 0...63 {
      #expect(TokenMass.mass(atDepth: UInt32(octave) << 24) == (octave <= 40 ? 1 << UInt64(40 - octave) : 0))
    }
    #expect(TokenMass.mass(atDepth: TokenMass.deepest) == 1)
    #expect(TokenMass.mass(atDepth: TokenMass.deepest + 1) == 0)
  }

  @Test func closeToThePowerAndNeverRising() {
    var last = UInt64.max
    for depth in stride(from: UInt32(0), through: 3 << 24, by: 97) {
      let mass = TokenMass.mass(atDepth: depth)
      let exact = exp2(40 - Double(depth) * 0x1p-24)
      #expect(abs(Double(mass) / exact - 1) < 1e-7)
      #expect(mass <= last)
      last = mass
    }
    for octave in UInt32(1)...40 {
      #expect(TokenMass.mass(atDepth: octave << 24 - 1) >= TokenMass.mass(atDepth: octave << 24))
    }
  }

  @Test func depthsOfLogits() {
    #expect(TokenMass.depth(of: 3, below: 3, scale: 1) == 0)
    #expect(TokenMass.depth(of: 1, below: 3, scale: 0.5) == 1 << 24)
    #expect(TokenMass.depth(of: -.infinity, below: 3, scale: 1e-30) == 63 << 24)
    #expect(TokenMass.depth(of: -3e38, below: 3e38, scale: .greatestFiniteMagnitude) == 63 << 24)
    #expect(TokenMass.depth(of: 0, below: 0, scale: .greatestFiniteMagnitude) == 0)
  }

  @Test(arguments: [1, 2, 12345, 1 << 20, 1 << 39, (1 << 40) - 1, 1 << 40])
  func deepestDepthOfAMass(floor: UInt64) {
    let depth = TokenMass.depth(ofMassAtLeast: floor)
    #expect(TokenMass.mass(atDepth: depth) >= floor)
    #expect(TokenMass.mass(atDepth: depth + 1) < floor)
  }

  /// Depths and masses of sixteen are those of one: where depths are rounded, about halves, and beyond the deepest.
  @Test func vectorsHaveTheNumbersOfOne() {
    var generator = TestGenerator(state: 3)
    var octaves: [Float] = [0, .leastNormalMagnitude, 0x1p-24, 40, 62.99999, 63, 64, 3e38, .infinity]
    for half in 0...127 {
      let edge = Float(half) / 2
      octaves += [edge, edge.nextUp, edge.nextDown, edge + 0.25, (edge + 0.25).nextUp, (edge + 0.25).nextDown]
    }
    for exponent in -40...5 {
      for _ in 0..<32 { octaves.append(.random(in: 1..<2, using: &generator) * exp2(Float(exponent))) }
    }
    for start in stride(from: 0, to: octaves.count, by: 16) {
      for (maximum, scale) in [(Float(0), Float(1)), (1.5, 1), (-3, 1.442695), (0, 0.3)] {
        var logits = SIMD16<Float>(repeating: maximum)
        for (lane, octaves) in octaves[start..<min(start + 16, octaves.count)].enumerated() {
          logits[lane] = min(maximum, maximum - octaves)
        }
        let depths = TokenMass.depths(of: logits, below: maximum, scale: scale)
        let masses = TokenMass.masses(atDepths: depths)
        for lane in 0..<16 {
          #expect(depths[lane] == TokenMass.depth(of: logits[lane], below: maximum, scale: scale), "\(logits[lane])")
          #expect(masses[lane] == TokenMass.mass(atDepth: depths[lane]))
        }
      }
    }
  }

  @Test func ranksFallAsNumbersRise() {
    let numbers: [Float] = [-.infinity, -3e38, -1, -1e-30, 0, 1e-30, 1, 3e38, .infinity]
    for (smaller, larger) in zip(numbers, numbers.dropFirst()) { #expect(smaller.rank > larger.rank) }
    for number in numbers { #expect(Float(rank: number.rank) == number) }
  }

  @Test func selectionEqualsSorting() {
    var generator = TestGenerator(state: 7)
    for _ in 0..<50 {
      let count = Int.random(in: 1...300, using: &generator)
      let range = ([1, 40, .max] as [UInt32])[Int.random(in: 0..<3, using: &generator)]
      let elements = (0..<count).map { _ in
        (value: UInt32.random(in: 0...range, using: &generator), weight: UInt64.random(in: 0...9, using: &generator))
      }
      let total = elements.reduce(0) { $0 + $1.weight }
      guard total > 0 else { continue }
      let wanted = UInt64.random(in: 1...total, using: &generator)
      let selection = WeightedSelection(
        wanted: wanted, of: count, value: { elements[$0].value }, weight: { elements[$0].weight })
      func weight(upTo value: UInt32) -> UInt64 {
        elements.reduce(0) { $0 + ($1.value <= value ? $1.weight : 0) }
      }
      #expect(selection.reached == weight(upTo: selection.value))
      #expect(selection.reached >= wanted)
      #expect(selection.value == 0 || weight(upTo: selection.value - 1) < wanted)
    }
  }
}
