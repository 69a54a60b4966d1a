import Testing

@testable import Tokenizer

/// Equality with Hugging Face's `tokenizers`; the fixtures are by `Fixtures/make_fixture.py`.
@Suite struct ConformanceTests {
  @Test(.needsGPT2) func tokensOfRandomStrings() throws {
    let tokenizer = try #require(SharedData.gpt2).get()
    let text = try RandomText()
    let hashes = try hashes("token_hashes.bin")
    try #require(hashes.count == 10_000)
    let different = hashes.indices.filter { seed in
      let ids = tokenizer.encode(text.string(seed: seed))
      return fnv1a(ids.flatMap { id in (0..<4).map { UInt8(truncatingIfNeeded: id >> (8 * $0)) } }) != hashes[seed]
    }
    let first = different.first.map { (seed: $0, ids: tokenizer.encode(text.string(seed: $0))) }
    #expect(
      different.isEmpty,
      "\(different.count) strings differ, first seed \(first?.seed ?? 0): \(scalars(first?.seed, text)) → \(first?.ids ?? [])"
    )
  }

  @Test(.needsGPT2) func textsOfRandomTokens() throws {
    let tokenizer = try #require(SharedData.gpt2).get()
    let hashes = try hashes("text_hashes.bin")
    try #require(hashes.count == 2_000)
    let different = hashes.indices.filter { seed in
      fnv1a(tokenizer.decode(RandomText.ids(seed: seed)).utf8) != hashes[seed]
    }
    #expect(different.isEmpty, "\(different.count) differ, first: \(different.first.map(RandomText.ids) ?? [])")
  }

  @Test func classesOfAllScalars() throws {
    let letters: [ScalarClass: Character] = [.letter: "L", .number: "N", .space: "S", .other: "O"]
    let text = String(decoding: try SharedData.fixture("scalar_classes.txt"), as: UTF8.self)
    var count = 0
    var different: [String] = []
    for run in text.split(separator: "\n").map({ $0.split(separator: " ") }) {
      let first = try #require(UInt32(run[0], radix: 16))
      let last = try #require(UInt32(run[1], radix: 16))
      for scalar in (first...last).compactMap(Unicode.Scalar.init) {
        count += 1
        if letters[ScalarClass(scalar)] != run[2].first {
          different.append("U+\(String(scalar.value, radix: 16)) is \(ScalarClass(scalar)), expected \(run[2])")
        }
      }
    }
    #expect(count == 0x110000 - 0x800)
    #expect(different.isEmpty, "\(different.count) differ, first: \(different.first ?? "")")
  }

  private func hashes(_ name: String) throws -> [UInt64] {
    let bytes = try SharedData.fixture(name)
    return stride(from: 0, to: bytes.count, by: 8).map { start in
      bytes[start..<start + 8].reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }
  }

  private func scalars(_ seed: Int?, _ text: RandomText) -> [String] {
    seed.map { text.string(seed: $0).unicodeScalars.map { String($0.value, radix: 16) } } ?? []
  }
}
