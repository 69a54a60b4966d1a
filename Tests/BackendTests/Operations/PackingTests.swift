@testable import Diagnosis
import Checkpoint
import TestSupport
import Testing

@testable import Backend

extension BackendTests {
  @Suite struct PackingTests {
    /// The stored numbers of a matrix (K, N): its products with the unit vectors.
    private func stored<B: Backend>(_ matrix: B.Matrix, _ k: Int, _ n: Int, on bench: OperationHarness<B>) throws
      -> [Float]
    {
      let units = try bench.activations((0..<k).map { row in (0..<k).map { $0 == row ? 1.0 : 0 } })
      let y = try bench.backend.activations(rows: k, columns: n)
      let stepRows = try bench.begin(rows: k)
      try bench.backend.linear(units, matrix, stepRows, addingTo: y)
      return try bench.backend.read(y, count: k)
    }

    /// Scales of integers make a product of a number that is itself in other precisions.
    private func exactness(_ row: BackendCase) -> Double { [.int8, .int4].contains(row.precision) ? 1e-6 : 0 }

    @Test(arguments: BackendCase.all)
    func everyTypeAndLayout(_ row: BackendCase) throws {
      func body(_ backend: some Backend) throws {
        let bench = try OperationHarness(backend)
        var generator = TestGenerator(state: 6)
        for type in [ScalarType.float32, .float16, .bfloat16, .float64] {
          for layout in [MatrixLayout.inputMajor, .outputMajor] {
            for (k, n) in [(1, 1), (16, 32), (3, 31), (17, 33), (33, 97), (130, 34)] {
              let weights = generator.rows(k, n)
              let matrix = try bench.matrix(weights, layout: layout, as: type)
              expect(
                try stored(matrix, k, n, on: bench), near: row.precision.stored(weights), within: exactness(row),
                "\(type), \(layout), K \(k), N \(n)")
            }
          }
        }
      }
      try body(row.backend)
    }

    @Test(arguments: BackendCase.all)
    func roundsToTheNearest(_ row: BackendCase) throws {
      func body(_ backend: some Backend) throws {
        let bench = try OperationHarness(backend)
        // Ties, the largest and the smallest numbers of fp16, and numbers beyond the smallest.
        let weights: [Double] = [
          1 + 0x1p-11, 1 + 0x3p-11, 1 + 0x1.8p-11, -(1 + 0x1.002p-11), 65504, -65504, 0x1p-14, 0x1p-24, 0x1.8p-25,
          0x1p-25,
          0x1p-26, 1 / 3, -0.1,
        ]
        let matrix = try bench.matrix([weights])
        expect(
          try stored(matrix, 1, weights.count, on: bench), near: row.precision.stored([weights]),
          within: exactness(row), "numbers to round")
      }
      try body(row.backend)
    }

    /// A matrix of more bytes than are brought to the device at a time.
    struct LargeMatrix: Sendable {
      let layout: MatrixLayout
      let k: Int
      let n: Int
      let tensor: TensorView

      init(_ layout: MatrixLayout, _ k: Int, _ n: Int) {
        self.layout = layout
        self.k = k
        self.n = n
        tensor = TensorView(
          "large", (0..<k * n).map(Self.weight), shape: layout == .inputMajor ? [k, n] : [n, k])
      }

      func weight(_ k: Int, _ n: Int) -> Float {
        Self.weight(layout == .inputMajor ? k * self.n + n : n * self.k + k)
      }

      /// Numbers that every precision holds exactly, also beside each other: groups of int8 have a scale of one. In int4,
      /// spans have a seventh of 127.
      private static func weight(_ index: Int) -> Float { Float(index % 1021 % 3 - 1) * 127 }
    }

    /// Many rows; a panel of rows that is too much; a row that is too much alone; more than a panel of rows.
    private static let large = [
      LargeMatrix(.inputMajor, 130_000, 33), LargeMatrix(.outputMajor, 130_000, 33),
      LargeMatrix(.inputMajor, 1, 1_200_000),
      LargeMatrix(.outputMajor, 33, 130_000),
    ]

    @Test(arguments: BackendCase.all.filter { !$0.isSimulated && (Tier.isFull || $0.precision == .fp16) })
    func matricesLargerThanASlab(_ row: BackendCase) throws {
      func body(_ backend: some Backend) throws {
        let bench = try OperationHarness(backend)
        for large in Self.large {
          let matrix = try backend.matrix(large.tensor, layout: large.layout, bias: nil)
          try backend.finishLoading()
          let probed = large.k == 1 ? [0] : [0, large.k / 2, large.k - 1]
          let x = try bench.activations(
            probed.map { unit in
              var x = Array(repeating: 0.0, count: large.k)
              x[unit] = 1
              return x
            })
          let y = try backend.activations(rows: probed.count, columns: large.n)
          let stepRows = try bench.begin(rows: probed.count)
          try backend.linear(x, matrix, stepRows, addingTo: y)
          let found = try backend.read(y, count: probed.count)
          let wrong = found.indices.first {
            abs(found[$0] - large.weight(probed[$0 / large.n], $0 % large.n)) > (row.precision == .int4 ? 1e-4 : 0)
          }
          #expect(wrong == nil, "\(large.layout), K \(large.k), N \(large.n)")
        }
      }
      try body(row.backend)
    }

    // MARK: - Numbers that cannot be

    /// The error of loading these tensors, as its sentence.
    private func problem(_ row: BackendCase, _ load: (any Backend) throws -> Void) throws -> String {
      try #require(throws: WeightError.self) {
        let backend = try row.backend
        try load(backend)
        try backend.finishLoading()
      }.description
    }

    @Test(arguments: BackendCase.all, [ScalarType.float32, .float16, .bfloat16, .float64])
    func numbersThatAreNotFiniteAreNamedWithTheirTensor(_ row: BackendCase, _ type: ScalarType) throws {
      for bad in [Double.nan, .infinity, -.infinity] {
        for place in [0, 32, 34, 35 * 33 - 1] {
          var values = Array(repeating: 1.0, count: 33 * 35)
          values[place] = bad
          for layout in [MatrixLayout.inputMajor, .outputMajor] {
            let sentence = try problem(row) { backend in
              func load(_ backend: some Backend) throws {
                _ = try backend.matrix(TensorView("fine", [1], shape: [1, 1]), layout: layout, bias: nil)
                _ = try backend.matrix(
                  TensorView("h.3.mlp.c_fc.weight", values, shape: [33, 35], as: type), layout: layout, bias: nil)
              }
              try load(backend)
            }
            #expect(sentence.contains("test.safetensors: the tensor h.3.mlp.c_fc.weight has"))
            #expect(sentence.contains("NaN or infinite"))
          }
        }
        let sentence = try problem(row) { backend in
          func load(_ backend: some Backend) throws {
            _ = try backend.norm(
              gain: TensorView("gain", [1, 2, 3], shape: [3], as: type),
              bias: TensorView("h.0.ln_1.bias", [0, 0, bad], shape: [3], as: type), epsilon: 1e-5)
          }
          try load(backend)
        }
        #expect(sentence.contains("the tensor h.0.ln_1.bias"))
      }
    }

    @Test(arguments: BackendCase.all)
    func numbersBeyondThePrecisionAreNamed(_ row: BackendCase) throws {
      func body(_ backend: some Backend) throws {
        for value in row.precision == .fp16 ? [65520.0, -1e6, 3e38] : [3.4e38, -3.4e38] {
          // A bias is fp32 in any precision.
          _ = try backend.matrix(
            TensorView("w", [1], shape: [1, 1]), layout: .inputMajor, bias: TensorView("b", [value], shape: [1]))
          try backend.finishLoading()
          _ = try backend.matrix(TensorView("wte.weight", [1, value], shape: [1, 2]), layout: .inputMajor, bias: nil)
          if [.fp32, .int8, .int4].contains(row.precision) {
            try backend.finishLoading()
          } else {
            let error = try #require(throws: WeightError.self) { try backend.finishLoading() }
            #expect(error.tensor == "wte.weight" && error.problem.contains("beyond the range of \(row.precision)"))
          }
        }
      }
      try body(row.backend)
    }
  }
}
