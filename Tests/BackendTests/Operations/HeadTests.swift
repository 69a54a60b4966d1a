import Checkpoint
import TestSupport
import Testing

@testable import Backend
@testable import Diagnosis

extension BackendTests {
  @Suite struct HeadTests {
    @Test(arguments: BackendCase.all)
    func givesTheLogitsOfTheOutputRowsInTheirOrder(_ row: BackendCase) throws {
      func body(_ backend: some Backend) throws {
        let bench = try OperationHarness(backend)
        var generator = TestGenerator(state: 5)
        // Outputs one under and over a tile; vocabularies one under and over a panel.
        for (wanted, vocabulary) in [
          ([true], 1), ([false, true, false], 31), ([true, false, true, true, false, true, true], 33),
          (Array(repeating: true, count: 13), 65), ((0..<40).map { $0 % 3 == 1 }, 101),
        ] {
          let channels = 33
          let (x, w) = (generator.rows(wanted.count, channels), generator.rows(channels, vocabulary, scale: 0x1p-2))
          let (gain, bias) = (generator.vector(channels), generator.vector(channels))
          let stored = row.precision.ofEmbeddings.stored(w)
          let input = try bench.activations(x)
          var step = Step()
          for (index, isWanted) in wanted.enumerated() {
            step.append([0], slot: 0, firstPosition: index, wantsLogits: isWanted ? .last : .none)
          }
          let outputs = step.outputs.map(Int.init)
          let logits = try backend.activations(rows: outputs.count, columns: vocabulary)
          let selected = try backend.activations(rows: outputs.count, columns: channels)
          let stepRows = try backend.begin(step, bench.slots)
          try backend.select(stepRows.outputs, of: input, into: selected)
          try backend.head(
            selected, bench.norm(gain: gain, bias: bias), bench.matrix(w, layout: .outputMajor, for: .embedding),
            stepRows.outputs, into: logits)
          expect(
            try backend.read(logits, count: outputs.count),
            near: outputs.map {
              let normalized = Reference.layerNorm(x[$0], gain: gain, bias: bias, epsilon: 1e-5)
              return Reference.linear(row.precision.quantized(normalized), stored)
            }, within: 2 * row.tolerance + row.precision.roundingTolerance,
            "R \(outputs.count) of \(wanted.count), V \(vocabulary)")
        }
      }
      try body(row.backend)
    }
  }
}
