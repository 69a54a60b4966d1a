import OpenCL
import Testing

@testable import GPT2

extension BackendTests {
  /// The sampling kernels choose what ``HostSampler`` chooses, bit for bit.
  @Suite struct SamplingKernelTests {
    private static let rows = 6

    /// Logits with ties, cut-offs and, in some rows, nothing to choose from.
    private func logits(_ count: Int, _ generator: inout TestGenerator) -> [Float] {
      let kind = generator.next() % 12
      return (0..<count).map { _ in
        let value = generator.normal() * 4
        switch kind {
        case 0: return 1.5  // all equal
        case 1: return (value * 2).rounded() / 2  // many ties
        case 2: return generator.next() % 3 == 0 ? value : -.infinity
        case 3: return generator.next() % 50 == 0 ? .nan : value
        case 4: return -.infinity
        default: return value
        }
      }
    }

    private func parameters(_ generator: inout TestGenerator) -> SamplingParameters {
      var parameters = SamplingParameters()
      parameters.doSample = generator.next() % 5 != 0
      parameters.temperature = [0.1, 0.7, 1, 3].randomElement(using: &generator) ?? 1
      parameters.topK = [0, 0, 1, 5, 50, 100_000].randomElement(using: &generator) ?? 0
      parameters.topP = [1, 1, 0.95, 0.5, 1e-6].randomElement(using: &generator) ?? 1
      parameters.minP = [0, 0, 0.05, 1].randomElement(using: &generator) ?? 0
      parameters.repetitionPenalty = [1, 1, 1.3, 0.8].randomElement(using: &generator) ?? 1
      return parameters
    }

    @Test(arguments: BackendCase.openCL.filter { $0.precision == .fp32 })
    func choosesAsTheHostDoes(_ row: BackendCase) throws {
      let backend = try #require(try row.backend as? OpenCLBackend)
      var generator = TestGenerator(state: 21)
      var sampler = HostSampler()
      for vocabulary in row.isSimulated ? [1, 33, 300] : [1, 2, 15, 16, 17, 33, 257, 1000, 2049] {
        let buffer = try backend.activations(rows: Self.rows, columns: vocabulary)
        let endOfText = [Int32(0), Int32(vocabulary / 2)]
        let slots = try backend.slots(
          count: Self.rows, length: 1, vocabularySize: vocabulary, endOfText: endOfText)
        for _ in 0..<(row.isSimulated ? 2 : 12) {
          let values = (0..<Self.rows).map { _ in logits(vocabulary, &generator) }
          var draws: [SamplingRow] = []
          var seen: [TokenSet] = []
          for index in 0..<Self.rows {
            try backend.queue.write(values[index], to: buffer.buffer, at: index * buffer.stride)
            var set = TokenSet(vocabularySize: vocabulary)
            set.formUnion((0..<vocabulary / 3).map { _ in Int32(generator.next() % UInt64(vocabulary)) })
            seen.append(set)
            try backend.setSeen(set, slot: index, slots)
            draws.append(
              SamplingRow(
                parameters(&generator), draw: generator.next(), logitsRow: UInt32(index), slot: UInt32(index),
                suppressesEndOfText: generator.next() % 3 == 0, wantsLogProbability: generator.next() % 2 == 0,
                starts: true, ends: generator.next() % 2 == 0))
          }
          let chosen = try backend.sample(buffer, draws.reversed(), slots).wait().reversed()
          for ((draw, values), (found, seen)) in zip(zip(draws, values), zip(chosen, seen)) {
            let expected = values.withUnsafeBufferPointer { values in
              Result { try sampler.sample(values, row: draw, seen: seen, endOfText: endOfText) }
            }
            switch expected {
            case .success(let token): #expect(found == token, "V \(vocabulary), \(draw)")
            case .failure: #expect(throws: SamplingError.self, "V \(vocabulary), \(draw)") { try found.checked() }
            }
          }
        }
      }
    }

    /// A sequence that has ended chooses nothing more, until another starts in its slot.
    @Test(arguments: BackendCase.all.filter { $0.precision == .fp32 && !$0.isSimulated })
    func endsAreSeenOnTheDevice(_ row: BackendCase) throws {
      func body(_ backend: some Backend) throws {
        // The token that a row chooses, by an embedding whose largest column it is: 0 and 2 end a text.
        let bench = try Bench(backend)
        let slots = try backend.slots(count: 4, length: 1, vocabularySize: 3, endOfText: [0, 2])
        func choose(
          _ tokens: [Int], starts: Bool = false, ends: [Bool] = [true, true, true, true], banned: Bool = false
        ) throws -> [Int32] {
          let logits = try bench.activations(tokens.map { token in (0..<3).map { $0 == token ? 1 : 0 } })
          let rows = tokens.indices.map { index in
            SamplingRow(
              SamplingParameters(), draw: 0, logitsRow: UInt32(index), slot: UInt32(index),
              suppressesEndOfText: banned, starts: starts, ends: ends[index])
          }
          return try backend.sample(logits, rows, slots).wait().map(\.token)
        }
        #expect(try choose([0, 1, 2, 2], starts: true, ends: [true, true, true, false]) == [0, 1, 2, 2])
        #expect(try choose([1, 1, 1, 0]) == [SampledToken.ended, 1, SampledToken.ended, 0])
        #expect(try choose([1, 1, 1, 1]) == [SampledToken.ended, 1, SampledToken.ended, SampledToken.ended])
        // A token that the host chose is of a sequence that goes on.
        try backend.setLastSample(1, slot: 2, slots)
        #expect(try choose([1, 2, 1, 1]) == [SampledToken.ended, 2, 1, SampledToken.ended])
        #expect(try choose([1, 1, 1, 1], starts: true) == [1, 1, 1, 1])
        #expect(try choose([2, 1, 0, 1], banned: true) == [1, 1, 1, 1])
      }
      try body(row.backend)
    }
  }
}
