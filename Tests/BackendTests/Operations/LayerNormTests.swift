import Checkpoint
import TestSupport
import Testing

@testable import Backend
@testable import Diagnosis

extension BackendTests {
  /// Layer norm alone: the identity matrix behind it changes nothing.
  @Suite struct LayerNormTests {
    private func check<B: Backend>(
      _ bench: OperationHarness<B>, _ x: [[Double]], gain: [Double], bias: [Double], epsilon: Double, tolerance: Double
    ) throws {
      let channels = gain.count
      let identity = (0..<channels).map { row in (0..<channels).map { $0 == row ? 1.0 : 0 } }
      let rows = try bench.activations(x)
      let y = try bench.backend.activations(rows: x.count, columns: channels)
      let stepRows = try bench.begin(rows: x.count)
      try bench.backend.normalizedLinear(
        rows, bench.norm(gain: gain, bias: bias, epsilon: epsilon), bench.matrix(identity), .linear, stepRows,
        into: y)
      expect(
        try bench.backend.read(y, count: x.count),
        near: x.map { Reference.layerNorm($0, gain: gain, bias: bias, epsilon: epsilon) }, within: tolerance,
        "C \(channels), epsilon \(epsilon)")
    }

    /// Those whose products do not quantize rows.
    private static let exact = BackendCase.all.filter { $0.precision.roundingTolerance == 0 }

    @Test(arguments: exact)
    func everyWidth(_ row: BackendCase) throws {
      func body(_ backend: some Backend) throws {
        let bench = try OperationHarness(backend)
        var generator = TestGenerator(state: 2)
        // Vectors of 16, panels of 32, work-groups of 128.
        let widths = [1, 2, 3, 15, 16, 17, 31, 33, 64, 65] + (row.isSimulated ? [] : [127, 128, 129, 257])
        for channels in widths {
          var x = generator.rows(3, channels)
          x[1] = x[1].map { ($0 * 64 + 16).rounded() }
          try check(
            bench, x, gain: generator.vector(channels), bias: generator.vector(channels), epsilon: 1e-5,
            tolerance: 2 * row.tolerance)
        }
      }
      try body(row.backend)
    }

    @Test(arguments: exact)
    func rowsWithoutVariance(_ row: BackendCase) throws {
      func body(_ backend: some Backend) throws {
        var generator = TestGenerator(state: 3)
        let x = [0, 3, -256].map { Array(repeating: Double($0), count: 33) }
        for epsilon in [1e-5, 1e-12, 0.5] {
          try check(
            OperationHarness(backend), x, gain: generator.vector(33), bias: generator.vector(33), epsilon: epsilon,
            tolerance: row.tolerance)
        }
      }
      try body(row.backend)
    }
  }
}
