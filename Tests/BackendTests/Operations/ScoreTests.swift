import TestSupport
import Testing

@testable import Backend
@testable import Diagnosis
@testable import Sampling

extension BackendTests {
  @Suite struct ScoreTests {
    /// Logits come out of the head: x picks a row of them from the matrix, after a norm that changes nothing.
    @Test(arguments: BackendCase.all)
    func givesTheTargetsLogProbabilities(_ row: BackendCase) throws {
      func body(_ backend: some Backend) throws {
        let bench = try OperationHarness(backend)
        var generator = TestGenerator(state: 31)
        // One under and over sixteen, a block of 32 vectors, and a work-group.
        for vocabulary in row.isSimulated ? [1, 17, 300] : [1, 2, 15, 16, 17, 255, 257, 513, 2049] {
          let (count, channels) = (row.isSimulated ? 3 : 7, 33)
          let (x, w) = (generator.rows(count, channels), generator.rows(channels, vocabulary, scale: 1))
          let (gain, bias) = (generator.vector(channels), generator.vector(channels))
          let input = try bench.activations(x)
          let logits = try backend.activations(rows: count, columns: vocabulary)
          var step = Step()
          step.append((0..<count).map { _ in 0 }, slot: 0, firstPosition: 0, wantsLogits: .all)
          let stepRows = try backend.begin(step, bench.slots)
          try backend.head(
            input, bench.norm(gain: gain, bias: bias), bench.matrix(w, layout: .outputMajor, for: .embedding),
            stepRows, into: logits)
          let targets = (0..<count).map { Int32(($0 * 7919 + vocabulary - 1) % vocabulary) }
          let rows = targets.enumerated().map { ScoreRow(logitsRow: $0, target: $1) }
          let found = try backend.score(logits, rows, top: 0).wait().map { try $0.logProbability() }
          let values = try backend.read(logits, count: count).map(Double.init)
          for (index, target) in targets.enumerated() {
            let expected = Reference.logProbabilities(
              Array(values[index * vocabulary..<(index + 1) * vocabulary]))[Int(target)]
            #expect(
              abs(found[index] - expected) <= 2e-6 * max(1, abs(expected)),
              "V \(vocabulary), row \(index): \(found[index]) where \(expected) is expected")
          }
        }
      }
      try body(row.backend)
    }

    /// Rows of logits that a search may stumble over.
    private static func rows(_ count: Int, _ vocabulary: Int, _ generator: inout TestGenerator) -> [[Float]] {
      (0..<count).map { index in
        (0..<vocabulary).map { token in
          let value = generator.normal() * 4
          switch index % 9 {
          case 0: return 1.5  // all equal
          case 1: return (value * 2).rounded() / 2  // many ties
          case 2: return generator.next() % 3 == 0 ? value : -.infinity
          case 3: return generator.next() % 50 == 0 || token == vocabulary - 1 ? .nan : value
          case 4: return token == vocabulary / 2 ? 0.25 : -.infinity
          case 5: return token == 0 ? .infinity : value
          case 6: return [0, -0.0, 0x1p-140, -0x1p-140][token % 4]
          case 7: return Float(index % 2 == 0 ? token : -token) * 1e-3
          default: return value
          }
        }
      }
    }

    /// The likeliest tokens, the sums and the targets' differences are the host's to the bit, of any rows in any order.
    @Test(arguments: BackendCase.all.filter { $0.precision == .fp32 })
    func theLikeliestAreTheHosts(_ row: BackendCase) throws {
      func body(_ backend: some DiagnosableBackend) throws {
        var generator = TestGenerator(state: 33)
        for vocabulary in row.isSimulated ? [1, 33, 300] : [1, 2, 15, 17, 63, 64, 65, 255, 257, 1001, 2049, 20011] {
          let counts = row.isSimulated ? [9] : vocabulary == 257 ? [1, 2, 9, 64] : [11]
          for (count, top) in zip(counts, [20, 1, 64, 5]) {
            let values = Self.rows(count, vocabulary, &generator)
            let logits = try backend.activations(rows: count, columns: vocabulary)
            try backend.write(values.map { $0.map(Double.init) }, to: logits)
            let rows = (0..<count).reversed().map { index in
              ScoreRow(
                logitsRow: index, target: index % 4 == 1 ? -1 : Int32(generator.next() % UInt64(vocabulary)))
            }
            let found = try backend.score(logits, rows, top: top).wait()
            for (row, found) in zip(rows, found) {
              let right = values[Int(row.logitsRow)].withUnsafeBufferPointer {
                TokenScore($0, target: row.target, top: top)
              }
              #expect(found == right, "V \(vocabulary), row \(row), top \(top)")
            }
          }
        }
      }
      let backend = try #require(try row.backend as? any DiagnosableBackend)
      try body(backend)
    }

    /// What the reference for all of them gives, found by sorting.
    @Test func theHostsLikeliestAreTheLargest() throws {
      var generator = TestGenerator(state: 34)
      for vocabulary in [1, 16, 31, 257] {
        for values in Self.rows(9, vocabulary, &generator) {
          let score = values.withUnsafeBufferPointer { TokenScore($0, target: 0, top: 20) }
          guard !values.contains(where: { $0.isNaN || $0 == .infinity }), (values.max() ?? 0).isFinite else {
            #expect(score.mass == 0 && score.top.isEmpty)
            continue
          }
          let normal = values.map { $0.isSubnormal ? 0 : $0 }
          let order = normal.indices.sorted { (normal[$0], $1) > (normal[$1], $0) }.prefix(20)
          #expect(score.top.map(\.token) == order.map { Int32($0) })
          let expected = Reference.logProbabilities(normal.map(Double.init))
          for (found, place) in zip(score.topLogProbabilities(20), order) {
            #expect(abs(found.logProbability - expected[place]) < 1e-6)
          }
        }
      }
    }

    /// The token that is drawn has the number that the likeliest have: programs compare them.
    @Test(arguments: BackendCase.all.filter { $0.precision == .fp32 && !$0.isSimulated })
    func theChosenHasTheNumberOfTheBest(_ row: BackendCase) throws {
      func body(_ backend: some DiagnosableBackend) throws {
        var generator = TestGenerator(state: 35)
        let (count, vocabulary) = (8, 2049)
        let logits = try backend.activations(rows: count, columns: vocabulary)
        try backend.write((0..<count).map { _ in (0..<vocabulary).map { _ in Double(generator.normal()) } }, to: logits)
        let slots = try backend.slots(count: count, length: 1, vocabularySize: vocabulary, endOfText: [])
        let draws = (0..<count).map {
          SamplingRow(
            SamplingParameters(), draw: 0, logitsRow: UInt32($0), slot: UInt32($0), wantsLogProbability: true,
            starts: true)
        }
        let chosen = try backend.sample(logits, draws, slots).wait()
        let rows = chosen.enumerated().map { ScoreRow(logitsRow: $0, target: $1.token) }
        let scores = try backend.score(logits, rows, top: 3).wait()
        for (token, score) in zip(chosen, scores) {
          let best = try #require(score.topLogProbabilities(3).first)
          #expect(best.token == token.token && best.logProbability == token.logProbability)
          #expect(try score.logProbability() == token.logProbability)
        }
      }
      let backend = try #require(try row.backend as? any DiagnosableBackend)
      try body(backend)
    }

    @Test func whatIsNotFiniteIsAnError() throws {
      for (difference, mass) in [(Float.nan, UInt64(1)), (0, 0), (.infinity, 1)] {
        #expect(throws: SamplingError.notFinite) {
          try TokenScore(difference: difference, mass: mass).logProbability()
        }
      }
      #expect(try TokenScore(difference: 1, mass: 1 << 40).logProbability() == -1)
    }
  }
}
