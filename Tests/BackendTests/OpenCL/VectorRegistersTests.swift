import TestSupport
import Testing

@testable import Backend
@testable import OpenCLBackend

extension BackendTests {
  /// Tiles for few registers and for many give the same bits: here, both are tried on whatever processor there is.
  @Suite struct VectorRegistersTests {
    private static let cases = BackendCase.processors
    /// Each height of either, and several tiles: of more rows than the tallest, too.
    private static let heights = [1, 2, 3, 4, 5, 6, 8, 10, 12, 13, 97]

    /// What `body` gives with tiles for each kind of registers.
    private func results<Result>(_ backend: OpenCLBackend, _ body: () throws -> Result) throws -> [Result] {
      let kernels = try #require(backend.kernels as? SIMDKernels)
      let before = kernels.registers
      defer { kernels.registers = before }
      return try [VectorRegisters.narrow, .wide].map {
        kernels.registers = $0
        return try body()
      }
    }

    @Test(arguments: cases)
    func noSumDependsOnThem(_ row: BackendCase) throws {
      guard let backend = try row.backend as? OpenCLBackend else { return }
      let bench = try OperationHarness(backend)
      var generator = TestGenerator(state: 5)
      for (k, n) in [(1, 33), (64, 31), (195, 65)] {
        let (x, matrix) = (
          try bench.activations(generator.rows(97, k)),
          try bench.matrix(generator.rows(k, n), bias: generator.vector(n))
        )
        for height in Self.heights {
          let sums = try results(backend) {
            let y = try backend.activations(rows: height, columns: n)
            try backend.linear(x, matrix, bench.begin(rows: height), addingTo: y)
            return try backend.read(y, count: height)
          }
          #expect(sums[0] == sums[1] && sums[0].contains { $0 != 0 }, "\(height) × \(k) × \(n)")
        }
      }
    }

    @Test(arguments: cases)
    func noAttentionDependsOnThem(_ row: BackendCase) throws {
      guard let backend = try row.backend as? OpenCLBackend else { return }
      let bench = try OperationHarness(backend)
      for headSize in row.precision == .fp16 ? [8, 64, 80] : [8] {
        let scenario = AttentionScenario(
          heads: 2, headSize: headSize, AttentionScenario.chunks, seed: UInt64(headSize))
        let attended = try results(backend) {
          let cache = try bench.cache(scenario)
          return try scenario.steps.map { try bench.attend($0, cache, scale: scenario.scale) }
        }
        #expect(attended[0] == attended[1], "D \(headSize)")
      }
    }
  }
}
