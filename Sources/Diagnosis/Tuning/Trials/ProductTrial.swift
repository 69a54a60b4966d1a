internal import Backend
internal import Checkpoint
internal import OpenCL
internal import OpenCLBackend

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

  init(
    _ bench: OperationBench<OpenCLBackend>, rows: Int, k: Int, n: Int, isNormalized: Bool, for use: MatrixUse
  ) throws {
    let backend = bench.backend
    self.bench = bench
    self.rows = [rows, rows / 2 + 1].reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
    var numbers = SampleNumbers(seed: k + n)
    norm =
      isNormalized ? try bench.norm(gain: numbers.vector(k, scale: 0.25), bias: numbers.vector(k, scale: 0.25)) : nil
    let weights = TensorView.noise(k, n)
    let first = try backend.matrix(weights, layout: .inputMajor, bias: .sample(numbers.vector(n)), for: use)
    let wanted = min(2 * backend.device.cacheSize, Self.mostBytes) / first.weights.byteCount
    let copies = min(max(wanted, 0), Self.mostMatrices - 1)
    matrices =
      try [first]
      + (0..<copies).map { _ in try backend.matrix(weights, layout: .inputMajor, bias: nil, for: use) }
    try backend.finishLoading()
    x = try backend.activations(rows: rows, columns: k)
    y = try backend.activations(rows: rows, columns: n)
    // Of full mantissas: numbers whose sums are exact would hide another order of adding them.
    for row in 0..<rows {
      try backend.queue.write(
        (0..<k).map { _ in Float(Int64(bitPattern: numbers.next())) * 0x1p-62 }, to: x.floats, at: row * x.stride)
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
      try bench.backend.queue.fill(y.floats, with: 0.5)
      try enqueue(bench.begin(rows: count), matrices[0])
      return try bench.backend.read(y, count: count).map(\.bitPattern)
    }
  }
}
