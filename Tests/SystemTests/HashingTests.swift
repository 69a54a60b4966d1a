import System
import Testing

@Suite struct HashingTests {
  /// Test vectors of the FNV authors.
  @Test func hashesAreThoseOfTheSpecification() {
    #expect(FNV1a64("".utf8).value == 0xCBF2_9CE4_8422_2325)
    #expect(FNV1a64("a".utf8).value == 0xAF63_DC4C_8601_EC8C)
    #expect(FNV1a64("foobar".utf8).value == 0x8594_4171_F739_67E8)
    var hash = FNV1a128()
    #expect(hash.text == "6c62272e07bb014262b821756295c58d")
    hash.combine("a".utf8)
    #expect(hash.text == "d228cb696f1a8caf78912b704e4a8964")
  }

  @Test func hashesInParts() {
    var hash = FNV1a64("foo".utf8)
    hash.combine("bar".utf8)
    #expect(hash.text == "85944171f73967e8")
    // Leading zeros are digits.
    #expect(FNV1a64("".utf8).text.count == 16 && FNV1a128("".utf8).text.count == 32)
  }

  /// MurmurHash3's finalizer: a bijection that keeps 0.
  @Test func mixes() {
    #expect(MurmurHash3.mix(0) == 0 && MurmurHash3.mix(1) == 0xB456_BCFC_34C2_CB2C)
  }

  /// The first numbers of seed 1234567, as in the authors' C code.
  @Test func splitMixIsThatOfItsAuthors() {
    var generator = SplitMix64(seed: 1_234_567)
    #expect(
      (0..<5).map { _ in generator.next() } == [
        6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423, 4_593_380_528_125_082_431,
        16_408_922_859_458_223_821,
      ])
  }
}
