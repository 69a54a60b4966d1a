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
            input, bench.norm(gain: gain, bias: bias), bench.matrix(w, layout: .outputMajor), stepRows,
            into: logits)
          let targets = (0..<count).map { Int32(($0 * 7919 + vocabulary - 1) % vocabulary) }
          let found = try backend.score(logits, targets: targets).wait().map { try $0.logProbability() }
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

    @Test func whatIsNotFiniteIsAnError() throws {
      for (difference, mass) in [(Float.nan, Float(1)), (0, .nan), (0, .infinity), (.infinity, 1), (0, 0)] {
        #expect(throws: SamplingError.notFinite) {
          try TokenScore(difference: difference, mass: mass).logProbability()
        }
      }
      #expect(try TokenScore(difference: 1, mass: 1).logProbability() == -1)
    }
  }
}
