internal import Backend
internal import Checkpoint
internal import OpenCL
internal import OpenCLBackend
internal import System

/// An operation with made-up numbers on a device, to be run again and again.
protocol TuningTrial {
  /// Enqueues it once, on one of several sets of weights, so that no cache holds those of the next round.
  func enqueue(round: Int) throws
  /// The numbers that come of it, from the same start each time, at the sizes that share a choice.
  func numbers() throws -> [[UInt32]]
}

/// A product of one of a model's shapes.
struct ProductTrial: TuningTrial {
  private let bench: OperationBench<OpenCLBackend>
  /// Rows: the most, which is timed, and the fewest of the bucket.
  private let rows: [Int]
  private let norm: DeviceNorm?
  private let matrices: [DeviceMatrix]
  private let x: DeviceActivations
  private let y: DeviceActivations

  /// Bytes of all sets of weights, at most: far more than the second-level cache of any device.
  private static let mostBytes = 256 << 20
  private static let mostMatrices = 32

  init(_ bench: OperationBench<OpenCLBackend>, rows: Int, k: Int, n: Int, isNormalized: Bool) throws {
    let backend = bench.backend
    self.bench = bench
    self.rows = [rows, rows / 2 + 1].reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
    var numbers = SampleNumbers(seed: k + n)
    norm =
      isNormalized ? try bench.norm(gain: numbers.vector(k, scale: 0.25), bias: numbers.vector(k, scale: 0.25)) : nil
    let weights = TensorView.noise(k, n)
    let first = try backend.matrix(weights, layout: .inputMajor, bias: .sample(numbers.vector(n)))
    let wanted = min(2 * backend.device.cacheSize, Self.mostBytes) / first.weights.byteCount
    let copies = min(max(wanted, 0), Self.mostMatrices - 1)
    matrices = try [first] + (0..<copies).map { _ in try backend.matrix(weights, layout: .inputMajor, bias: nil) }
    try backend.finishLoading()
    x = try backend.activations(rows: rows, columns: k)
    y = try backend.activations(rows: rows, columns: n)
    // Of full mantissas: numbers whose sums are exact would hide another order of adding them.
    for row in 0..<rows {
      try backend.queue.write(
        (0..<k).map { _ in Float(Int64(bitPattern: numbers.next())) * 0x1p-62 }, to: x.buffer, at: row * x.stride)
    }
  }

  func enqueue(round: Int) throws { try enqueue(bench.begin(rows: rows[0]), matrices[round % matrices.count]) }

  private func enqueue(_ rows: DeviceRows, _ matrix: DeviceMatrix) throws {
    if let norm {
      try bench.backend.normalizedLinear(x, norm, matrix, .linear, rows, into: y)
    } else {
      try bench.backend.linear(x, matrix, rows, addingTo: y)
    }
  }

  func numbers() throws -> [[UInt32]] {
    try rows.map { count in
      // What is not written shows.
      try bench.backend.queue.fill(y.buffer, with: 0.5)
      try enqueue(bench.begin(rows: count), matrices[0])
      return try bench.backend.read(y, count: count).map(\.bitPattern)
    }
  }
}

extension TensorView {
  /// A matrix (K, N) of made-up bf16 numbers, spread as weights are: millions in a moment.
  fileprivate static func noise(_ k: Int, _ n: Int) -> TensorView {
    // A prime: rows and columns differ however long they are.
    let numbers = (0..<65_521).map { index in
      let bits = UInt32(truncatingIfNeeded: SplitMix64.mix(UInt64(index) &* 0x9E37_79B9_7F4A_7C15))
      return UInt16(truncatingIfNeeded: (Float(Int32(bitPattern: bits)) * 0x1p-36).bitPattern >> 16)
    }
    let file = FileData(name: "made-up weights", count: 2 * k * n) { bytes in
      numbers.withUnsafeBytes { pattern in
        for start in stride(from: 0, to: bytes.count, by: pattern.count) {
          let count = min(pattern.count, bytes.count - start)
          UnsafeMutableRawBufferPointer(rebasing: bytes[start..<start + count])
            .copyMemory(from: UnsafeRawBufferPointer(rebasing: pattern[..<count]))
        }
      }
    }
    return TensorView(
      name: "made-up weights", scalarType: .bfloat16, shape: [k, n], file: file, bytes: 0..<file.count)
  }
}
