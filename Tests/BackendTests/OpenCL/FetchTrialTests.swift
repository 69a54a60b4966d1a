@testable import Backend
import OpenCL
import TestSupport
import Testing

@testable import OpenCLBackend

extension BackendTests {
  /// Whether weights are fetched ahead is a matter of speed alone.
  @Suite struct FetchTrialTests {
    private static let cases = BackendCase.processors

    @Test(arguments: cases)
    func noNumberDependsOnFetching(_ row: BackendCase) throws {
      guard let backend = try row.backend as? OpenCLBackend else { return }
      let kernels = try #require(backend.kernels as? SIMDKernels)
      let bench = try OperationHarness(backend)
      var generator = TestGenerator(state: 8)
      let (k, n) = (300, 65)
      let (x, matrix) = (
        try bench.activations(generator.rows(13, k)),
        try bench.matrix(generator.rows(k, n), bias: generator.vector(n))
      )
      for height in [1, 4, 5, 13] {
        let sums = try [false, true].map { fetches in
          let before = kernels.fetches
          defer { kernels.fetches = before }
          kernels.fetches = fetches
          let y = try backend.activations(rows: height, columns: n)
          let stepRows = try bench.begin(rows: height)
          try backend.linear(x, matrix, stepRows, addingTo: y)
          return try backend.read(y, count: height)
        }
        #expect(sums[0] == sums[1] && sums[0].contains { $0 != 0 }, "\(height) rows")
      }
    }

    /// A model's own matrices decide where they are more than a cache holds, and are not kept beyond that.
    @Test(arguments: cases.filter { $0.precision != .fp32 })
    func isTriedOnEnoughWeights(_ row: BackendCase) throws {
      guard let backend = try row.backend as? OpenCLBackend else { return }
      func matrices(_ count: Int, k: Int, n: Int) throws -> [DeviceMatrix] {
        try (0..<count).map { _ in
          let byteCount = backend.layout.byteCount(k: k, n: n)
          return DeviceMatrix(
            weights: try Buffer(backend.queue.context, count: byteCount / MemoryLayout<Stored>.stride, zeroed: true),
            layout: backend.layout,
            bias: try Buffer(backend.queue.context, count: n, zeroed: true), inputSize: k, outputSize: n)
        }
      }
      #expect(FetchTrial([]) == nil)
      #expect(FetchTrial(try matrices(12, k: 64, n: 64)) == nil, "too small")
      let (one, several) = (try matrices(1, k: 1024, n: 32768), try matrices(8, k: 1024, n: 4096))
      #expect(FetchTrial(one) == nil, "nothing to compare it with")
      let trial = try #require(FetchTrial(several + one))
      let kernels = try #require(backend.kernels as? SIMDKernels)
      _ = try trial.pays(on: kernels)

      kernels.loaded = several
      try backend.finishLoading()
      #expect(kernels.loaded.isEmpty)
    }
  }
}
