@testable import Diagnosis
import Checkpoint
import Testing

@testable import Backend

extension BackendTests {
  /// Activations alone: the norm of a single channel is 0, so that the activation is of the bias.
  @Suite struct ActivationTests {
    /// Where the formulas bend, and far out, where naive ones overflow.
    private static let inputs: [Double] =
      stride(from: -12, through: 12, by: 0.125).map(\.self)
      + [0.707107, -3.0625, 2.9375, 6.0625, 1e-4, -1e-4, 30, -30, 89, -89, 300, -300, 1e4, -1e4].map {
        Double(Float($0))
      }

    /// The OpenCL tables in one precision: steps after the sum do not depend on how weights are stored.
    @Test(arguments: BackendCase.all.filter { $0.precision == .fp32 })
    func everyFormula(_ row: BackendCase) throws {
      func body(_ backend: some Backend) throws {
        let bench = try OperationHarness(backend)
        let x = try bench.activations([[3]])
        let norm = try bench.norm(gain: [1], bias: [0])
        let matrix = try bench.matrix([Array(repeating: 1, count: Self.inputs.count)], bias: Self.inputs)
        let y = try backend.activations(rows: 1, columns: Self.inputs.count)
        for activation in Activation.allCases {
          let stepRows = try bench.begin(rows: 1)
          try backend.normalizedLinear(x, norm, matrix, activation, stepRows, into: y)
          expect(
            try backend.read(y, count: 1), near: [Self.inputs.map(activation.reference)], within: row.tolerance,
            activation.rawValue)
        }
      }
      try body(row.backend)
    }
  }
}
