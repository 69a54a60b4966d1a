@testable import Backend
import OpenCL
import TestSupport
import Testing

@testable import Diagnosis
@testable import OpenCLBackend
@testable import Sampling

extension BackendTests {
  /// The sampling kernels choose as ``HostSampler`` does, bit for bit.
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

    /// Each implementation, with the kernels for many rows and, where it has some, those for few.
    static let shapes: [(row: BackendCase, byBlocks: Bool)] =
      BackendCase.openCL.filter { $0.precision == .fp32 }.flatMap { row in
        row.testDescription.contains("simt") ? [(row, false), (row, true)] : [(row, false)]
      }

    @Test(arguments: shapes)
    func choosesAsTheHostDoes(_ row: BackendCase, _ byBlocks: Bool) throws {
      let backend = try #require(try row.backend as? OpenCLBackend)
      // The fewest work-groups whose teams have neighbours in theirs, and who share a row.
      let kernels = backend.kernels as? SIMTKernels
      let team = kernels?.samplingTeam
      if row.isSimulated { kernels?.samplingTeam = 2 }
      defer { kernels?.samplingTeam = team }
      var generator = TestGenerator(state: 21)
      var sampler = HostSampler()
      for vocabulary in row.isSimulated ? [1, 33, 300] : [1, 2, 15, 16, 17, 31, 33, 255, 256, 257, 1000, 2049, 9001] {
        let buffer = try backend.activations(rows: Self.rows, columns: vocabulary)
        let endOfText = [Int32(0), Int32(vocabulary / 2)]
        let slots = try backend.slots(
          count: Self.rows, length: 1, vocabularySize: vocabulary, endOfText: endOfText)
        for _ in 0..<(row.isSimulated ? 1 : Tier.isFull ? 12 : 4) {
          let values = (0..<Self.rows).map { _ in logits(vocabulary, &generator) }
          var draws: [SamplingRow] = []
          var seen: [TokenSet] = []
          for index in 0..<Self.rows {
            try backend.queue.write(values[index], to: buffer.floats, at: index * buffer.stride)
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
          let chosen = try backend.sample(buffer, draws.reversed(), slots, byBlocks: byBlocks).wait().reversed()
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

    /// Logits that a search may stumble over, each under every kind of setting, in one batch.
    @Test(arguments: shapes.filter { !$0.row.isSimulated })
    func awkwardRows(_ row: BackendCase, _ byBlocks: Bool) throws {
      let backend = try #require(try row.backend as? OpenCLBackend)
      var generator = TestGenerator(state: 22)
      // Where loops end early, as on Mesa's llvmpipe after 65,535 iterations of all loops of a work-item together,
      // panels run only if somebody asks for them, and one work-item cannot choose from GPT-2's vocabulary.
      let isLimited = backend.family == .simd && FamilyChoice(for: backend.device).obstacle != nil
      for vocabulary in [1, 31, 33, 9001] + (isLimited ? [] : [50257]) {
        let settings = Self.settings(vocabulary)
        let buffer = try backend.activations(rows: 1, columns: vocabulary)
        let endOfText = [Int32(vocabulary - 1)]
        let slots = try backend.slots(
          count: settings.count, length: 1, vocabularySize: vocabulary, endOfText: endOfText)
        for (name, values) in Self.awkward(vocabulary, &generator)
        where vocabulary < 50257 || ["all equal", "flat", "usual", "only the last"].contains(name) {
          try backend.queue.write(values, to: buffer.floats, at: 0)
          var seen = TokenSet(vocabularySize: vocabulary)
          seen.formUnion((0..<vocabulary / 2).map { Int32($0 * 2) })
          let draws = settings.indices.map { index in
            SamplingRow(
              settings[index], draw: generator.next(), slot: UInt32(index),
              suppressesEndOfText: index % 4 == 0 && vocabulary > 1, wantsLogProbability: index % 2 == 0, starts: true)
          }
          for slot in settings.indices { try backend.setSeen(seen, slot: slot, slots) }
          let chosen = try backend.sample(buffer, draws, slots, byBlocks: byBlocks).wait()
          expectTheHosts(chosen, draws, values, name, seen, endOfText)
        }
      }
    }

    /// The results of rows that share their logits, to the bit.
    private func expectTheHosts(
      _ chosen: [SampledToken], _ draws: [SamplingRow], _ values: [Float], _ name: String,
      _ seen: TokenSet, _ endOfText: [Int32]
    ) {
      var sampler = HostSampler()
      for (draw, found) in zip(draws, chosen) {
        let expected = values.withUnsafeBufferPointer {
          sampler.result($0, row: draw, seen: seen, endOfText: endOfText)
        }
        #expect(found == expected, "V \(values.count), \(name), \(draw)")
      }
    }

    /// The same logits, where all rows take the likeliest token and want no log-probability: one launch for few rows,
    /// and two where some have a penalty.
    @Test(arguments: shapes)
    func theLikeliestOfAwkwardRows(_ row: BackendCase, _ byBlocks: Bool) throws {
      let backend = try #require(try row.backend as? OpenCLBackend)
      let kernels = backend.kernels as? SIMTKernels
      let team = kernels?.samplingTeam
      if row.isSimulated { kernels?.samplingTeam = 2 }
      defer { kernels?.samplingTeam = team }
      var generator = TestGenerator(state: 23)
      for vocabulary in row.isSimulated ? [1, 300] : [1, 31, 33, 257, 9001] {
        let buffer = try backend.activations(rows: 1, columns: vocabulary)
        let endOfText = [Int32(vocabulary - 1), 0]
        let slots = try backend.slots(count: 3, length: 1, vocabularySize: vocabulary, endOfText: endOfText)
        var seen = TokenSet(vocabularySize: vocabulary)
        seen.formUnion((0..<vocabulary / 2).map { Int32($0 * 2) })
        for (name, values) in Self.awkward(vocabulary, &generator) {
          try backend.queue.write(values, to: buffer.floats, at: 0)
          for penalties in [[1, 1, 1], [1, 1.5, 0.7]] {
            let draws = penalties.enumerated().map { index, penalty in
              var parameters = SamplingParameters()
              parameters.repetitionPenalty = penalty
              return SamplingRow(
                parameters, draw: 0, slot: UInt32(index), suppressesEndOfText: index == 1, starts: true)
            }
            for slot in draws.indices { try backend.setSeen(seen, slot: slot, slots) }
            let chosen = try backend.sample(buffer, draws, slots, byBlocks: byBlocks).wait()
            expectTheHosts(chosen, draws, values, name, seen, endOfText)
          }
        }
      }
    }

    private static func awkward(_ count: Int, _ generator: inout TestGenerator) -> [(name: String, values: [Float])] {
      func one(_ value: Float, among rest: Float, at index: Int) -> [Float] {
        (0..<count).map { $0 == index ? value : rest }
      }
      return [
        ("all equal", Array(repeating: -3, count: count)),
        ("two values", (0..<count).map { $0 % 3 == 0 ? 1 : 0.5 }),
        ("zeros of both signs and subnormal", (0..<count).map { [0, -0.0, 0x1p-140, -0x1p-140][$0 % 4] }),
        ("rising", (0..<count).map { Float($0) * 1e-3 }), ("falling", (0..<count).map { Float($0) * -1e-3 }),
        ("flat", (0..<count).map { _ in generator.normal() * 0.01 }),
        ("usual", (0..<count).map { _ in generator.normal() * 3 - 30 }),
        ("only the first", one(5, among: -.infinity, at: 0)),
        ("only the last", one(5, among: -.infinity, at: count - 1)),
        ("nothing", Array(repeating: -.infinity, count: count)),
        ("not a number at the end", one(.nan, among: 1, at: count - 1)),
        ("infinite at the start", one(.infinity, among: 1, at: 0)),
        ("huge", (0..<count).map { $0 % 2 == 0 ? Float.greatestFiniteMagnitude : -Float.greatestFiniteMagnitude }),
      ]
    }

    /// One setting for each way through the kernels, and together.
    private static func settings(_ vocabulary: Int) -> [SamplingParameters] {
      func drawn(_ change: (inout SamplingParameters) -> Void) -> SamplingParameters {
        var parameters = SamplingParameters()
        parameters.doSample = true
        change(&parameters)
        return parameters
      }
      return [
        SamplingParameters(), SamplingParameters(), drawn { _ in }, drawn { $0.temperature = 0.05 },
        drawn { $0.topK = 1 }, drawn { $0.topK = 50 }, drawn { $0.topK = 256 }, drawn { $0.topK = 257 },
        drawn { $0.topK = vocabulary }, drawn { ($0.topK, $0.topP) = (50, 0.9) }, drawn { $0.topP = 0.95 },
        drawn { $0.topP = 1e-9 }, drawn { ($0.topP, $0.minP) = (0.9, 0.02) }, drawn { $0.minP = 0.1 },
        drawn { ($0.repetitionPenalty, $0.topP) = (1.5, 0.999) }, drawn { ($0.repetitionPenalty, $0.topK) = (0.7, 9) },
      ]
    }

    /// A sequence that has ended chooses nothing more, until another starts in its slot.
    @Test(arguments: BackendCase.all.filter { $0.precision == .fp32 && !$0.isSimulated }, [false, true])
    func endsAreSeenOnTheDevice(_ row: BackendCase, _ byBlocks: Bool) throws {
      func body(_ backend: some DiagnosableBackend) throws {
        // The token that a row chooses, by an embedding whose largest column it is: 0 and 2 end a text.
        let bench = try OperationHarness(backend)
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
          return try backend.sample(logits, rows, slots, byBlocks: byBlocks).wait().map(\.token)
        }
        #expect(try choose([0, 1, 2, 2], starts: true, ends: [true, true, true, false]) == [0, 1, 2, 2])
        #expect(try choose([1, 1, 1, 0]) == [SampledToken.ended, 1, SampledToken.ended, 0])
        #expect(try choose([1, 1, 1, 1]) == [SampledToken.ended, 1, SampledToken.ended, SampledToken.ended])
        // A token that the host chose is of a sequence that goes on.
        try backend.setLastSamples([(2, 1)], slots)
        #expect(try choose([1, 2, 1, 1]) == [SampledToken.ended, 2, 1, SampledToken.ended])
        #expect(try choose([1, 1, 1, 1], starts: true) == [1, 1, 1, 1])
        #expect(try choose([2, 1, 0, 1], banned: true) == [1, 1, 1, 1])
      }
      let backend = try #require(try row.backend as? any DiagnosableBackend)
      try body(backend)
    }
  }
}
