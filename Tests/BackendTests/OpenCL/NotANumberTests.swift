import OpenCL
import TestSupport
import Testing

@testable import Backend
@testable import OpenCLBackend

extension BackendTests {
  /// A number that is none must not get lost: texts of wrong numbers would be written without a word.
  @Suite struct NotANumberTests {
    /// Not only those that processors make: mathematical functions have others of all ones, and NVIDIA's is 0x7FFFFFFF.
    private static let patterns: [UInt32] = [
      0x7FC0_0000, 0xFFC0_0000, 0x7FFF_FFFF, 0xFFFF_FFFF, 0x7FFF_8000, 0x7F80_0001, 0xFF80_0001, 0x7F80_8000,
    ]

    @Test(arguments: BackendCase.openCL, [1, 5])
    func goesThroughAProduct(_ row: BackendCase, _ rows: Int) throws {
      guard let backend = try row.backend as? OpenCLBackend else { return }
      let bench = try OperationHarness(backend)
      var generator = TestGenerator(state: 21)
      for channels in row.isSimulated ? [8] : [8, 40, 256] {
        let matrix = try bench.matrix(generator.rows(channels, 33))
        let x = generator.rows(rows, channels)
        let stepRows = try bench.begin(rows: rows)
        for (number, pattern) in Self.patterns.enumerated() {
          let input = try bench.activations(x)
          let place = (rows - 1) * input.stride + number * 7 % channels
          try backend.queue.write([Float(bitPattern: pattern)], to: input.floats, at: place)
          let y = try bench.activations(generator.rows(rows, 33))
          try backend.linear(input, matrix, stepRows, addingTo: y)
          let found = try backend.read(y, count: rows)
          let name = String(pattern, radix: 16)
          #expect(found.suffix(33).allSatisfy { $0.isNaN }, "\(name) among \(channels)")
          #expect(found.dropLast(33).allSatisfy { $0.isFinite }, "\(name) among \(channels)")
        }
      }
    }
  }
}
