import Checkpoint
import TestSupport
import Testing

@testable import Backend
@testable import OpenCLBackend

extension BackendTests {
  /// Fused operations equal, to the bit, the same ones after another.
  @Suite struct FusionTests {
    private static let (heads, size) = (4, 32)  // a group of a quantized row
    private static let channels = heads * size

    /// One layer of random numbers, and the steps that it takes.
    private struct Layer<B: Backend> {
      let inner: Int
      let steps: [[Part]]
      let norm: B.Norm
      let (input, output, expansion, contraction): (B.Matrix, B.Matrix, B.Matrix, B.Matrix)

      init(_ bench: OperationHarness<B>, _ row: BackendCase) throws {
        // A simulator has the time for a prompt and last samples.
        (inner, steps) =
          row.isSimulated ? (channels, Array(FusionTests.steps.prefix(2))) : (3 * channels, FusionTests.steps)
        var generator = TestGenerator(state: 21)
        func matrix(_ k: Int, _ n: Int) throws -> B.Matrix {
          try bench.matrix(generator.rows(k, n, scale: 0x1p-3), bias: generator.vector(n))
        }
        norm = try bench.norm(gain: generator.vector(channels), bias: generator.vector(channels))
        (input, output) = (try matrix(channels, 3 * channels), try matrix(channels, channels))
        // Sigmoid makes the columns beyond N anything but zero.
        (expansion, contraction) = (try matrix(channels, inner), try matrix(inner, channels))
      }
    }

    private typealias Part = (slot: Int32, rows: Int, isSampled: Bool)

    /// Rows of each slot of a step: prompts one under and over the height of a tile, alone and beside last samples.
    private static let steps: [[Part]] = [
      [(0, 7, false), (1, 1, false), (2, 5, false)], [(0, 1, true), (1, 1, true), (2, 1, true)], [(1, 1, true)],
      [(0, 1, true), (3, 13, false), (2, 1, true)], [(3, 1, true), (0, 1, true)],
    ]

    /// The layer's output for the steps' rows.
    ///
    /// - Parameters:
    ///   - rounds: Whether rows that only products read may be quantized.
    ///   - samples: Whether rows may say that their tokens are last samples.
    ///   - outputs: Which rows are computed behind keys and values.
    private func results<B: Backend>(
      _ bench: OperationHarness<B>, _ layer: Layer<B>, rounds: Bool, samples: Bool, outputs: Step.Outputs = .all
    ) throws -> [[Float]] {
      let backend = bench.backend
      var generator = TestGenerator(state: 22)
      let cache = try bench.cache(heads: Self.heads, headSize: Self.size)
      var lengths: [Int32: Int] = [:]
      return try layer.steps.map { parts in
        var step = Step()
        for part in parts {
          let token = samples && part.isSampled ? Step.Row.lastSample : 0
          step.append(
            Array(repeating: token, count: part.rows), slot: part.slot, firstPosition: lengths[part.slot, default: 0],
            wantsLogits: outputs)
          lengths[part.slot, default: 0] += part.rows
        }
        let count = step.rows.count
        func activations(_ columns: Int) throws -> B.Activations {
          try backend.activations(rows: count, columns: columns, for: rounds ? .products : .any)
        }
        var x = try bench.activations(generator.rows(count, Self.channels))
        let (attended, inner) = (try activations(Self.channels), try activations(layer.inner))
        let qkv = try backend.activations(rows: count, columns: 3 * Self.channels)
        let stepRows = try backend.begin(step, bench.slots)
        try backend.normalizedLinear(x, layer.norm, layer.input, .linear, stepRows, into: qkv)
        let active = step.outputs.count < count ? stepRows.outputs : stepRows
        if step.outputs.count < count {
          let selected = try backend.activations(rows: count, columns: Self.channels)
          try backend.select(active, of: x, into: selected)
          x = selected
        }
        try backend.attention(qkv, cache, scale: 0.2, active, into: attended)
        try backend.linear(attended, layer.output, active, addingTo: x)
        try backend.normalizedLinear(x, layer.norm, layer.expansion, .sigmoid, active, into: inner)
        try backend.linear(inner, layer.contraction, active, addingTo: x)
        return try backend.read(x, count: step.outputs.count)
      }
    }

    @Test(arguments: BackendCase.openCL)
    func layersOfFusedOperations(_ row: BackendCase) throws {
      func body<B: Backend>(_ backend: B) throws {
        let bench = try OperationHarness(backend)
        let layer = try Layer(bench, row)
        let apart = try results(bench, layer, rounds: false, samples: false)
        #expect(apart.allSatisfy { $0.allSatisfy(\.isFinite) })
        #expect(try results(bench, layer, rounds: true, samples: false) == apart, "rounded on the way")
        #expect(try results(bench, layer, rounds: false, samples: true) == apart, "keys and values put by attention")
        #expect(try results(bench, layer, rounds: true, samples: true) == apart, "both")
      }
      try body(row.backend)
    }

    /// The rows behind which nothing is left out, where others are.
    @Test(arguments: BackendCase.all)
    func layersOfWhichOnlyTheLastRowsAreWanted(_ row: BackendCase) throws {
      func body<B: Backend>(_ backend: B) throws {
        let bench = try OperationHarness(backend)
        let layer = try Layer(bench, row)
        let all = try results(bench, layer, rounds: true, samples: true)
        let last = try results(bench, layer, rounds: true, samples: true, outputs: .last)
        for (index, parts) in layer.steps.enumerated() {
          var row = -1
          for (part, found) in zip(parts, stride(from: 0, to: last[index].count, by: Self.channels)) {
            row += part.rows
            let expected = all[index][row * Self.channels..<(row + 1) * Self.channels]
            let values = last[index][found..<found + Self.channels]
            if self.isExact(backend) {
              #expect(values.elementsEqual(expected), "step \(index), slot \(part.slot)")
            } else {  // OpenBLAS sums by shape
              #expect(zip(values, expected).allSatisfy { abs($0 - $1) < 1e-4 }, "step \(index), slot \(part.slot)")
            }
          }
          #expect(last[index].count == parts.count * Self.channels)
        }
      }
      try body(row.backend)
    }

    /// Last samples around the ends of blocks of 64 positions and chunks of 256, beside a short sequence.
    @Test(.enabled(if: Tier.isFull, "It takes long."), arguments: BackendCase.openCL.filter { !$0.isSimulated })
    func lastSamplesOfLongContexts(_ row: BackendCase) throws {
      func body<B: Backend>(_ backend: B) throws {
        let bench = try OperationHarness(backend, length: 550)
        func attended(_ token: Int32) throws -> [[Float]] {
          var generator = TestGenerator(state: 23)
          let cache = try bench.cache(heads: Self.heads, headSize: Self.size)
          var (long, short) = (0, 0)
          return try [62, 1, 1, 1, 189, 1, 1, 1, 1, 253, 1, 1, 1].map { rows in
            var step = Step()
            step.append([token], slot: 1, firstPosition: short)
            step.append(
              Array(repeating: rows == 1 ? token : 0, count: rows), slot: 0, firstPosition: long, wantsLogits: .all)
            (long, short) = (long + rows, short + 1)
            let qkv = try bench.activations(generator.rows(rows + 1, 3 * Self.channels))
            let y = try backend.activations(rows: rows + 1, columns: Self.channels)
            let stepRows = try backend.begin(step, bench.slots)
            try backend.attention(qkv, cache, scale: 0.2, stepRows, into: y)
            return try backend.read(y, count: rows + 1)
          }
        }
        let apart = try attended(0)
        #expect(apart.allSatisfy { $0.allSatisfy(\.isFinite) })
        #expect(try attended(Step.Row.lastSample) == apart)
      }
      try body(row.backend)
    }

    /// A chunk of a prompt that goes on: of the last layer, its keys and values alone are wanted.
    @Test(arguments: BackendCase.all)
    func chunksOfWhichNoRowIsWanted(_ row: BackendCase) throws {
      func body<B: Backend>(_ backend: B) throws {
        let bench = try OperationHarness(backend)
        let channels = 2 * 64
        func attended(_ outputs: Step.Outputs) throws -> [Float] {
          var generator = TestGenerator(state: 23)
          let cache = try bench.cache(heads: 2, headSize: 64)
          let (y, plain) = (
            try backend.activations(rows: 8, columns: channels, for: .products),
            try backend.activations(rows: 1, columns: channels)
          )
          var step = Step()
          step.append(Array(repeating: 0, count: 8), slot: 0, firstPosition: 0, wantsLogits: outputs)
          let (qkv, x) = (
            try bench.activations(generator.rows(8, 3 * channels)), try bench.activations(generator.rows(8, channels))
          )
          let stepRows = try backend.begin(step, bench.slots)
          let active = outputs == .none ? stepRows.outputs : stepRows
          if outputs == .none { try backend.select(active, of: x, into: x) }
          try backend.attention(qkv, cache, scale: 0.125, active, into: y)
          let next = try bench.activations(generator.rows(1, 3 * channels))
          let nextRow = try bench.begin([Step.Row(slot: 0, position: 8, token: 0)])
          try backend.attention(next, cache, scale: 0.125, nextRow, into: plain)
          return try backend.read(plain, count: 1)
        }
        #expect(try attended(.none) == attended(.all))
      }
      try body(row.backend)
    }

    private func isExact(_ backend: some Backend) -> Bool { backend is OpenCLBackend }
  }
}
