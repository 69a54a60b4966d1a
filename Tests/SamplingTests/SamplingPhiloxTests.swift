import Testing

@testable import Sampling

@Suite struct SamplingPhiloxTests {
  /// Known answers of Random123 (`kat_vectors`, philox4x32 with 10 rounds).
  @Test(arguments: [
    (SIMD4<UInt32>(repeating: 0), UInt64(0), SIMD4<UInt32>(0x6627_E8D5, 0xE169_C58D, 0xBC57_AC4C, 0x9B00_DBD8)),
    (
      SIMD4(repeating: .max), .max, SIMD4(0x408F_276D, 0x41C8_3B0E, 0xA20B_C7C6, 0x6D54_51FD)
    ),
    (
      SIMD4(0x243F_6A88, 0x85A3_08D3, 0x1319_8A2E, 0x0370_7344), 0x299F_31D0_A409_3822,
      SIMD4(0xD16C_FE09, 0x94FD_CCEB, 0x5001_E420, 0x2412_6EA1)
    ),
  ])
  func knownAnswers(counter: SIMD4<UInt32>, seed: UInt64, expected: SIMD4<UInt32>) {
    #expect(Philox4x32(seed: seed).block(counter) == expected)
  }

  @Test func everyPartOfTheCounterCounts() {
    let philox = Philox4x32(seed: 42)
    let draws: Set<UInt64> = [
      philox.draw(item: 0, sample: 0, position: 0), philox.draw(item: 1, sample: 0, position: 0),
      philox.draw(item: 1 << 32, sample: 0, position: 0), philox.draw(item: 0, sample: 1, position: 0),
      philox.draw(item: 0, sample: 0, position: 1), Philox4x32(seed: 42 << 32).draw(item: 0, sample: 0, position: 0),
    ]
    #expect(draws.count == 6)
    #expect(Philox4x32(seed: 0).draw(item: 0, sample: 0, position: 0) == 0xE169_C58D_6627_E8D5)
  }
}
