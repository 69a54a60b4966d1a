import Checkpoint
import TestSupport
import Testing

@testable import Backend
@testable import Diagnosis

extension BackendTests {
  @Suite struct EmbeddingTests {
    @Test(arguments: BackendCase.all)
    func addsTheTokensAndThePositionsRows(_ row: BackendCase) throws {
      func body(_ backend: some Backend) throws {
        let bench = try OperationHarness(backend)
        var generator = TestGenerator(state: 1)
        for (vocabulary, positions, channels) in [(1, 1, 1), (31, 33, 15), (67, 40, 96), (33, 7, 131)] {
          let (wte, wpe) = (generator.rows(vocabulary, channels), generator.rows(positions, channels))
          let tokens = try bench.matrix(transposed(wte), layout: .outputMajor, for: .embedding)
          let places = try backend.table(TensorView("positions", rows: wpe))
          var rows = (0..<17).map { _ in
            Step.Row(
              slot: 0, position: .random(in: 0..<Int32(positions), using: &generator),
              token: .random(in: 0..<Int32(vocabulary), using: &generator))
          }
          rows[3].token = Int32(vocabulary) - 1
          rows[5].position = Int32(positions) - 1
          let stored = transposed(row.precision.ofEmbeddings.stored(transposed(wte)))
          let x = try backend.activations(rows: rows.count, columns: channels)
          let stepRows = try bench.begin(rows)
          try backend.embed(tokens, places, stepRows, into: x)
          expect(
            try backend.read(x, count: rows.count),
            near: rows.map { Reference.embedding(stored[Int($0.token)], wpe[Int($0.position)]) }, within: 1e-6,
            "V \(vocabulary), T \(positions), C \(channels)")
        }
      }
      try body(row.backend)
    }

    @Test(arguments: BackendCase.all)
    func looksUpTheSlotsLastSample(_ row: BackendCase) throws {
      func body(_ backend: some Backend) throws {
        let bench = try OperationHarness(backend)
        let wte = (0..<40).map { [Double($0), Double($0)] }
        let tokens = try bench.matrix(transposed(wte), layout: .outputMajor, for: .embedding)
        let places = try backend.table(TensorView("positions", rows: [[0, 0], [100, 200]]))
        // Adjacent slots in any order, others apart, and one whose token is replaced.
        try backend.setLastSamples([(1, 23), (0, 7), (2, 39), (7, 1), (2, 31)], bench.slots)
        let x = try backend.activations(rows: 5, columns: 2)
        let stepRows = try bench.begin([
          Step.Row(slot: 7, position: 0, token: Step.Row.lastSample),
          Step.Row(slot: 2, position: 1, token: Step.Row.lastSample), Step.Row(slot: 0, position: 0, token: 5),
          Step.Row(slot: 0, position: 1, token: Step.Row.lastSample),
          Step.Row(slot: 1, position: 0, token: Step.Row.lastSample),
        ])
        try backend.embed(tokens, places, stepRows, into: x)
        expect(
          try backend.read(x, count: 5), near: [[1, 1], [131, 231], [5, 5], [107, 207], [23, 23]], within: 1e-6,
          "samples")
        expect(
          try backend.read(x, rows: [3, 4, 0, 1, 3]).wait(),
          near: [[107, 207], [23, 23], [1, 1], [131, 231], [107, 207]], within: 1e-6, "rows in any order")
      }
      try body(row.backend)
    }
  }
}
