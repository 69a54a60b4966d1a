import OpenCL
import TestSupport
import Testing

@testable import Backend
@testable import OpenCLBackend

extension BackendTests {
  /// Units that add as the portable one does give its bits.
  @Suite struct ExactSumsTests {
    /// Odd columns of two panels, and groups of k of which the last is not full.
    private static let (k, n) = (300, 41)
    /// Tiles of each height, and several.
    private static let heights = [1, 2, 3, 4, 5, 6, 13]

    /// The largest numbers of each sign, side by side and in turn, whose products no sum of 16 bits holds; then any.
    private static func vectors(_ count: Int, _ size: Int, _ generator: inout TestGenerator) -> [[Double]] {
      (0..<count).map { number in
        switch number % 5 {
        case 0: Array(repeating: 1, count: size)
        case 1: Array(repeating: -1, count: size)
        case 2: (0..<size).map { $0 % 2 == 0 ? 1 : -1 }
        case 3: (0..<size).map { $0 % 4 < 2 ? 1 : -1 }
        default: generator.vector(size)
        }
      }
    }

    @Test(arguments: KernelFamily.allCases, [Precision.int8, .int4])
    func productsAreThePortable(_ family: KernelFamily, _ precision: Precision) throws {
      var generator = TestGenerator(state: 31)
      let x = Self.vectors(13, Self.k, &generator)
      let columns = Self.vectors(Self.n, Self.k, &generator)
      let weights = (0..<Self.k).map { row in columns.map { $0[row] } }
      let bias = generator.vector(Self.n)

      /// The products of the first rows, by the heights, with a layer's weights and the head's.
      func products(_ unit: DotUnit, on device: Device) throws -> [[UInt32]] {
        let backend = try OpenCLBackend(
          device: device, precision: precision, family: family, dotUnit: unit, maximumRows: 32,
          comparesArguments: true)
        let bench = try OperationHarness(backend)
        let rows = try bench.activations(x)
        let layer = try bench.matrix(weights, layout: .outputMajor, bias: bias)
        let head = try bench.matrix(weights, layout: .outputMajor, for: .embedding)
        return try Self.heights.flatMap { height in
          try [layer, head].map { matrix in
            let y = try bench.activations(Array(repeating: Array(repeating: 0, count: Self.n), count: height))
            try backend.linear(rows, matrix, bench.begin(rows: height), addingTo: y)
            return try backend.read(y, count: height).map(\.bitPattern)
          }
        }
      }

      for device in Devices.quick {
        let context = try Context(device: device)
        let launcher = KernelLauncher(queue: try CommandQueue(context), library: KernelLibrary(context, cache: nil))
        let units = DotUnit.candidates(precision, family).filter {
          $0.addsAsPortable && DotUnitProbe(unit: $0, family: family).failure(launcher) == nil
        }
        guard !units.isEmpty else { continue }
        let expected = try products(.portable, on: device)
        for unit in units { #expect(try products(unit, on: device) == expected, "\(unit.name)") }
      }
    }
  }
}
