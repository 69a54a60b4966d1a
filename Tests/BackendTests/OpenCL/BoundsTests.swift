import Checkpoint
import OpenCL
import TestSupport
import Testing

@testable import Backend
@testable import Diagnosis
@testable import OpenCLBackend

/// The memory that OpenCL's operations write and read: that around it is filled with marks, and checked afterwards.
extension BackendTests {
  @Suite struct BoundsTests {
    private static let mark: Float = -12345
    private static let channels = 40  // of a stride of 64
    private static let capacity = 30

    /// Activations full of one value, those elements too that nobody should use.
    private func activations(_ backend: OpenCLBackend, columns: Int, filledWith value: Float) throws
      -> DeviceActivations
    {
      let activations = try backend.activations(rows: Self.capacity, columns: columns)
      try backend.queue.fill(activations.floats, with: value)
      return activations
    }

    /// Puts rows into the first columns, and leaves the rest.
    private func write(_ rows: [[Double]], to activations: DeviceActivations, on backend: OpenCLBackend) throws {
      for (index, row) in rows.enumerated() {
        try backend.queue.write(row.map(Float.init), to: activations.floats, at: index * activations.stride)
      }
    }

    /// The rows of which any element differs from the mark.
    private func written(_ activations: DeviceActivations, on backend: OpenCLBackend) throws -> [Int] {
      let all = try backend.queue.read(activations.floats)
      return (0..<all.count / activations.stride).filter { row in
        all[row * activations.stride..<(row + 1) * activations.stride].contains { $0 != Self.mark }
      }
    }

    /// Products write whole tiles in the simd family, and no row behind them; numbers beside and below their input do
    /// not show.
    @Test(arguments: BackendCase.openCL, [1, 3, 5, 12, 13])
    func products(_ row: BackendCase, _ rows: Int) throws {
      guard let backend = try row.backend as? OpenCLBackend else { return }
      let bench = try OperationHarness(backend)
      var generator = TestGenerator(state: 12)
      let (x, w) = (generator.rows(rows, Self.channels), generator.rows(Self.channels, 33))
      let matrix = try bench.matrix(w)
      let norm = try bench.norm(gain: generator.vector(Self.channels), bias: generator.vector(Self.channels))
      let tiled =
        backend.family == .simd
        ? roundUp(rows, to: SIMDTile(rows: rows, layout: backend.layout, VectorRegisters(backend.device)).height)
        : rows

      let input = try activations(backend, columns: Self.channels, filledWith: .nan)
      try write(x, to: input, on: backend)
      let y = try activations(backend, columns: 33, filledWith: Self.mark)
      let stepRows = try bench.begin(rows: rows)
      try backend.normalizedLinear(input, norm, matrix, .linear, stepRows, into: y)
      #expect(try backend.read(y, count: rows).allSatisfy(\.isFinite))
      #expect(try written(y, on: backend).allSatisfy { $0 < tiled })
      // A norm alone writes nothing but its rows' channels.
      let normalized = try activations(backend, columns: Self.channels, filledWith: .nan)
      try backend.layerNorm(input, norm, rows: rows, into: normalized)
      let found = try backend.queue.read(normalized.floats)
      #expect(
        found.indices.filter { !found[$0].isNaN }.allSatisfy {
          $0 / normalized.stride < rows && $0 % normalized.stride < Self.channels
        })

      let sum = try activations(backend, columns: 33, filledWith: Self.mark)
      try backend.linear(input, matrix, stepRows, addingTo: sum)
      #expect(try backend.read(sum, count: rows).allSatisfy(\.isFinite))
      #expect(try written(sum, on: backend).allSatisfy { $0 < tiled })

      let logits = try activations(backend, columns: 33, filledWith: Self.mark)
      try backend.head(input, norm, matrix, stepRows, into: logits)
      #expect(try backend.read(logits, count: rows).allSatisfy(\.isFinite))
      #expect(try written(logits, on: backend).allSatisfy { $0 < tiled })
    }

    @Test(arguments: BackendCase.openCL)
    func embeddings(_ row: BackendCase) throws {
      guard let backend = try row.backend as? OpenCLBackend else { return }
      let bench = try OperationHarness(backend)
      let rows = (0..<5).map { token in (0..<Self.channels).map { Double($0 + token + 1) } }
      let tokens = try bench.matrix(transposed(rows), layout: .outputMajor, for: .embedding)
      let positions = try backend.table(TensorView("positions", rows: rows))
      let x = try activations(backend, columns: Self.channels, filledWith: Self.mark)
      let stepRows = try bench.begin(rows: 5)
      try backend.embed(tokens, positions, stepRows, into: x)
      #expect(try written(x, on: backend) == [0, 1, 2, 3, 4])
      // The columns that fill up a row are zero, so that they may be added up.
      let found = try backend.queue.read(x.floats, count: 5 * x.stride)
      #expect(found.indices.allSatisfy { $0 % x.stride < Self.channels || found[$0] == 0 })
    }

    /// Attention writes its rows' keys and values, no other position, and nothing beside its heads' channels.
    @Test(arguments: BackendCase.openCL)
    func attention(_ row: BackendCase) throws {
      guard let backend = try row.backend as? OpenCLBackend else { return }
      let bench = try OperationHarness(backend)
      let (heads, size) = (3, 8)
      let cache = try bench.cache(heads: heads, headSize: size)
      var generator = TestGenerator(state: 13)
      let qkv = try bench.activations(generator.rows(6, 3 * heads * size))
      let y = try activations(backend, columns: heads * size, filledWith: Self.mark)
      let rows =
        (0..<5).map { Step.Row(slot: 1, position: Int32($0), token: 0) } + [Step.Row(slot: 2, position: 0, token: 0)]
      let stepRows = try bench.begin(rows)
      try backend.attention(qkv, cache, scale: 0.3, stepRows, into: y)

      for buffer in [cache.keys, cache.values] {
        let before = try backend.queue.read(buffer)
        let perPage = before.count / cache.pages
        let written = Set(before.indices.filter { before[$0].bits != 0x7FFF }.map { Int32($0 / perPage) })
        #expect(written == [bench.pages(of: 1)[0], bench.pages(of: 2)[0]], "a page of nobody")
        let stepRows = try bench.begin([Step.Row(slot: 1, position: 5, token: 0)])
        try backend.attention(qkv, cache, scale: 0.3, stepRows, into: y)
        let after = try backend.queue.read(buffer)
        let changed = before.indices.filter { before[$0].bits != after[$0].bits }
        // One position of one slot: a head's channels, once each.
        #expect(changed.count <= heads * size * row.precision.cacheBitWidth / 16)
        #expect(changed.allSatisfy { $0 / perPage == Int(bench.pages(of: 1)[0]) })
        try backend.queue.write(before, to: buffer)
      }
      #expect(try written(y, on: backend) == [0, 1, 2, 3, 4, 5])
      let attended = try backend.queue.read(y.floats)
      #expect(attended.indices.allSatisfy { $0 % y.stride < heads * size || attended[$0] == Self.mark })
    }

    /// A step that the backend has no room for is refused before anything is written.
    @Test(arguments: BackendCase.openCL)
    func stepsOfTooManyRows(_ row: BackendCase) throws {
      guard let backend = try row.backend as? OpenCLBackend else { return }
      let error = try #require(throws: StepError.self) { try OperationHarness(backend).begin(rows: 257) }
      #expect(error.description == "A step of 257 rows, where the backend was made for 256.")
    }
  }
}
