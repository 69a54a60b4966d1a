import TestSupport
import Testing

@testable import Backend
@testable import Diagnosis
@testable import Sampling

extension BackendTests {
  @Suite struct AttentionTests {
    private static let scenarios = [(5, 1), (3, 8), (2, 64), (1, 80), (1, 128)].map { heads, size in
      AttentionScenario(heads: heads, headSize: size, AttentionScenario.chunks, seed: UInt64(size))
    }

    /// All sizes in fp16; fp32 differs from it by how an element is loaded, and each size takes seconds to compile.
    private func scenarios(_ row: BackendCase) -> [AttentionScenario] {
      if row.isSimulated { return [Self.scenarios[1]] }
      if row.compilesSlowly { return Self.scenarios.filter { [8, 80].contains($0.headSize) } }
      return row.precision == .fp16 ? Self.scenarios : Self.scenarios.filter { [1, 8, 80].contains($0.headSize) }
    }

    @Test(arguments: BackendCase.all)
    func raggedSteps(_ row: BackendCase) throws {
      func body(_ backend: some Backend) throws {
        let bench = try OperationHarness(backend)
        for scenario in scenarios(row) {
          let cache = try bench.cache(scenario)
          for (index, step) in scenario.steps.enumerated() {
            expect(
              try bench.attend(step, cache, scale: scenario.scale), near: step.flatMap(\.attended),
              within: row.tolerance, "H \(scenario.heads), D \(scenario.headSize), step \(index)")
          }
        }
      }
      try body(row.backend)
    }

    /// Scores far apart and far from zero: a softmax that does not subtract the largest overflows.
    @Test(arguments: BackendCase.all)
    func scoresOfAnySize(_ row: BackendCase) throws {
      func body(_ backend: some Backend) throws {
        let bench = try OperationHarness(backend)
        let scenario = Self.scenarios[1]
        for scale in [64.0, -64, 0] {
          let cache = try bench.cache(scenario)
          let part = scenario.steps[2][1]
          let channels = scenario.heads * scenario.headSize
          let keys = part.qkv.map { Array($0[channels..<2 * channels]) }
          let values = part.qkv.map { Array($0[(2 * channels)...]) }
          expect(
            try bench.attend([part], cache, scale: scale),
            near: part.qkv.enumerated().map { position, row in
              Reference.attention(
                Array(row[..<channels]), Array(keys[...position]), Array(values[...position]), heads: scenario.heads,
                scale: scale)
            },
            // Their exponentials differ by the scores' own rounding, 2⁻²⁴ of some hundreds.
            within: 30 * row.tolerance, "scale \(scale)")
        }
      }
      try body(row.backend)
    }

    @Test(arguments: BackendCase.all)
    func copiesGoOnAsTheirOriginalAndOthersAsTheyWere(_ row: BackendCase) throws {
      func body(_ backend: some Backend) throws {
        for (scenario, length) in scenarios(row).flatMap({ scenario in [(scenario, 67), (scenario, 5)] }) {
          let bench = try OperationHarness(backend)
          let cache = try bench.cache(scenario)
          // Slot 1 holds 67 positions, slot 2 seven; the copies held others before.
          for step in scenario.steps[..<3] { _ = try bench.attend(step, cache, scale: scenario.scale) }
          let filler = AttentionScenario(
            heads: scenario.heads, headSize: scenario.headSize, [[.init(slot: 3, rows: 40)]], seed: 9)
          _ = try bench.attend(filler.steps[0], cache, scale: scenario.scale)
          // Full pages are shared, the last one is copied.
          let (full, pages) = (length / KeyValuePage.length, (0..<4).map(bench.pages))
          for slot in [0, 3] {
            try backend.setPages(Array(pages[1][..<full] + pages[slot][full...]), slot: slot, bench.slots)
          }
          try backend.copy(cache, page: pages[1][full], to: [pages[0][full], pages[3][full]])

          // The next row of slot 1 after so many positions, on the original and on the copies; then slot 2's own next.
          let next = AttentionScenario(
            heads: scenario.heads, headSize: scenario.headSize,
            [[.init(slot: 1, rows: 1)]], seed: 10
          ).steps[0][0].qkv[0]
          let channels = scenario.heads * scenario.headSize
          let rows = scenario.steps[2][1].qkv[..<length] + [next]
          let expected = Reference.attention(
            Array(next[..<channels]), rows.map { Array($0[channels..<2 * channels]) },
            rows.map { Array($0[(2 * channels)...]) }, heads: scenario.heads, scale: scenario.scale)
          for slot in [0, 1, 3] {
            let part = AttentionScenario.Part(slot: slot, firstPosition: length, qkv: [next], attended: [expected])
            expect(
              try bench.attend([part], cache, scale: scenario.scale), near: [expected], within: row.tolerance,
              "D \(scenario.headSize), length \(length), slot \(slot)")
          }
          let other = scenario.steps[3][1]
          expect(
            try bench.attend([other], cache, scale: scenario.scale), near: other.attended, within: row.tolerance,
            "D \(scenario.headSize), length \(length), a slot that is no copy")
        }
      }
      try body(row.backend)
    }

    /// A step planned ahead leaves out rows whose sequence has ended, and no others.
    @Test(arguments: BackendCase.all)
    func rowsBehindTheEndAreLeftOut(_ row: BackendCase) throws {
      func body(_ backend: some Backend) throws {
        let bench = try OperationHarness(backend)
        let slots = try backend.slots(count: 3, length: 64, vocabularySize: 1, endOfText: [0])
        for slot in 0..<3 { try backend.setPages([Int32(slot)], slot: slot, slots) }
        let cache = try backend.cache(pages: 3, heads: 1, headSize: 8)
        var generator = TestGenerator(state: 31)
        let y = try backend.activations(rows: 6, columns: 8)
        /// The contents of y after rows of random numbers.
        func attend(_ rows: [(slot: Int32, position: Int, token: Int32, count: Int)]) throws -> [[Float]] {
          var step = Step()
          for row in rows {
            step.append(Array(repeating: row.token, count: row.count), slot: row.slot, firstPosition: row.position)
          }
          let qkv = try bench.activations(generator.rows(step.rows.count, 24))
          let stepRows = try backend.begin(step, slots)
          try backend.attention(qkv, cache, scale: 0.5, stepRows, into: y)
          let all = try backend.read(y, count: 6)
          return (0..<6).map { Array(all[$0 * 8..<$0 * 8 + 8]) }
        }
        let last = Step.Row.lastSample
        let before = try attend([(0, 0, 0, 2), (1, 0, 0, 2), (2, 0, 0, 2)])
        // Slots 0 and 2 end: every token is the end of text.
        let logits = try bench.activations([[1], [1]])
        let draws = [0, 2].map { slot in
          SamplingRow(SamplingParameters(), draw: 0, logitsRow: UInt32(slot / 2), slot: UInt32(slot), ends: true)
        }
        _ = try backend.sample(logits, draws, slots).wait()
        let after = try attend([(0, 2, last, 1), (1, 2, last, 1), (2, 0, 0, 1)])
        #expect(after[0] == before[0] && after[1] != before[1], "an ended sequence, and one that goes on")
        #expect(after[2] != before[2], "a prompt in the slot of an ended sequence")
        #expect(after[3...] == before[3...])
      }
      try body(row.backend)
    }
  }
}
