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
        let slots = try backend.slots(count: Self.rows, vocabularySize: vocabulary, endOfText: endOfText)
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
                suppressesEndOfText: generator.next() % 3 == 0, wantsLogProbability: generator.next() % 2 == 0))
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
  }
}
