import Checkpoint
import TestSupport
import Testing

@testable import Backend
@testable import Diagnosis

extension BackendTests {
  @Suite struct LinearTests {
    /// A product of every height up to beyond the tallest tile.
    struct Product: Sendable {
      let x: [[Double]]  // (M, K)
      let weights: [[Double]]  // (K, N)
      let bias: [Double]  // (N)

      init(rows: Int, _ k: Int, _ n: Int) {
        var generator = TestGenerator(state: UInt64(1000 * k + n))
        x = generator.rows(rows, k)
        weights = generator.rows(k, n, scale: k > 64 ? 0x1p-4 : 0x1p-1)
        bias = generator.vector(n)
      }

      /// The product in a precision. (M, N)
      func sums(_ precision: Precision) -> [[Double]] {
        let stored = precision.stored(weights)
        return x.map { Reference.linear(precision.quantized($0), stored, bias: bias) }
      }
    }

    /// Rows of a step: each tile height (1 to 6, 8, 10, 12) and one under and over it, and several tiles.
    private static let heights = [1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 23, 24, 25]
    /// Panels of 32 columns, four parts of K, vectors of 16, pairs, groups of 128.
    private static let products = [
      (1, 1), (1, 33), (2, 31), (3, 32), (5, 64), (17, 65), (31, 1), (64, 95), (101, 7), (128, 129), (129, 5),
      (300, 34),
    ].map { Product(rows: 25, $0.0, $0.1) }
    /// More tiles than widen weights together, of each height; K of several chunks that are widened at a time.
    private static let manyRows = [(130, 33), (64, 40), (195, 3)].map { Product(rows: 130, $0.0, $0.1) }
    /// The shapes of a GPT-2: few columns of wide rows, and many of narrow ones.
    private static let large = [(768, 40), (3072, 33), (4, 5003)].map { Product(rows: 13, $0.0, $0.1) }

    @Test(arguments: BackendCase.all)
    func addsTheProductToWhatIsThere(_ row: BackendCase) throws {
      func body(_ backend: some Backend) throws {
        let bench = try OperationHarness(backend)
        for product in row.isSimulated ? Array(Self.products[..<6]) : Self.products {
          try check(product, row.precision, heights: Self.heights, on: bench, within: row.tolerance)
        }
      }
      try body(row.backend)
    }

    @Test(arguments: BackendCase.all.filter { !$0.isSimulated })
    func largeShapes(_ row: BackendCase) throws {
      func body(_ backend: some Backend) throws {
        let bench = try OperationHarness(backend)
        for product in Self.large {
          try check(product, row.precision, heights: [1, 5, 13], on: bench, within: 4 * row.tolerance)
        }
      }
      try body(row.backend)
    }

    @Test(arguments: BackendCase.all.filter { !$0.isSimulated && !$0.compilesSlowly })
    func manyTiles(_ row: BackendCase) throws {
      func body(_ backend: some Backend) throws {
        let bench = try OperationHarness(backend)
        for product in Self.manyRows {
          try check(product, row.precision, heights: [63, 89, 97, 101, 120, 130], on: bench, within: row.tolerance)
        }
      }
      try body(row.backend)
    }

    private func check<B: Backend>(
      _ product: Product, _ precision: Precision, heights: [Int], on bench: OperationHarness<B>,
      within tolerance: Double
    ) throws {
      let (k, n) = (product.weights.count, product.bias.count)
      let before = (0..<product.x.count).map { m in (0..<n).map { Double((m + $0) % 5) } }
      let sums = product.sums(precision)
      let matrix = try bench.matrix(product.weights, bias: product.bias)
      let x = try bench.activations(product.x)
      for height in heights {
        let y = try bench.activations(Array(before[..<height]))
        let stepRows = try bench.begin(rows: height)
        try bench.backend.linear(x, matrix, stepRows, addingTo: y)
        expect(
          try bench.backend.read(y, count: height),
          near: zip(before, sums).prefix(height).map { zip($0, $1).map(+) }, within: tolerance,
          "M \(height), K \(k), N \(n)")
      }
    }

    @Test(arguments: BackendCase.all)
    func normalizesBeforeTheProductAndActivatesAfterIt(_ row: BackendCase) throws {
      func body(_ backend: some Backend) throws {
        let bench = try OperationHarness(backend)
        var generator = TestGenerator(state: 4)
        for (rows, c, n) in [(1, 48, 64), (4, 33, 31), (7, 16, 65), (12, 5, 3), (13, 96, 33), (3, 140, 40)] {
          let (x, w, b) = (generator.rows(rows, c), generator.rows(c, n, scale: 0x1p-2), generator.vector(n))
          let (gain, bias) = (generator.vector(c), generator.vector(c))
          let stored = row.precision.stored(w)
          let input = try bench.activations(x)
          let y = try backend.activations(rows: rows, columns: n)
          let stepRows = try bench.begin(rows: rows)
          try backend.normalizedLinear(
            input, bench.norm(gain: gain, bias: bias), bench.matrix(w, bias: b), .geluTanh, stepRows, into: y)
          expect(
            try backend.read(y, count: rows),
            near: x.map {
              let normalized = Reference.layerNorm($0, gain: gain, bias: bias, epsilon: 1e-5)
              return Reference.linear(row.precision.quantized(normalized), stored, bias: b)
                .map(Activation.geluTanh.reference)
            }, within: 2 * row.tolerance + row.precision.roundingTolerance, "M \(rows), C \(c), N \(n)")
          expect(try backend.read(input, count: rows), near: x, within: 0, "the input")
        }
      }
      try body(row.backend)
    }
  }
}
