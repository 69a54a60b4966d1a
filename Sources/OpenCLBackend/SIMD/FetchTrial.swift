internal import Checkpoint
internal import Kernels
internal import OpenCL

/// Tries on a model's own weights whether products of one row should fetch them ahead.
///
/// Where a line of weights is multiplied by a row or few, the processor's own fetching may keep up or not. Emerald Rapids reads
/// 19 GB/s without and 33 with; on Zen 4, whose own keeps up, fetching is in its way. No number depends on the answer.
struct FetchTrial {
  /// Matrices of one shape, which no cache held together when they were packed.
  private let matrices: [DeviceMatrix]

  /// Bytes that tell: more than a core's caches hold, with two measurements of half of them each.
  private static let leastByteCount = 16 << 20
  /// How much longer fetching may take and still be taken for no worse: times of one launch are that noisy.
  private static let tolerance = 1.03

  /// A trial on the shape of `loaded` that has most bytes in several matrices; nil where there are too few to tell.
  init?(_ loaded: [DeviceMatrix]) {
    let shapes = Dictionary(grouping: loaded) { [$0.inputSize, $0.outputSize] }.values.filter { $0.count > 1 }
    let byteCount = { (matrices: [DeviceMatrix]) in matrices.reduce(0) { $0 + $1.weights.byteCount } }
    guard let matrices = shapes.max(by: { byteCount($0) < byteCount($1) }), byteCount(matrices) >= Self.leastByteCount
    else { return nil }
    self.matrices = matrices
  }

  /// Whether fetching takes no longer in one of two measurements: a few ms.
  func pays(on kernels: SIMDKernels) throws -> Bool {
    let matrix = matrices[0]
    let context = kernels.context
    func floats(_ columns: Int) throws -> DeviceActivations {
      try .floats(context.queue.context, rows: 1, columns: columns)
    }
    let x = try kernels.quantizedActivations(rows: 1, columns: matrix.inputSize) ?? floats(matrix.inputSize)
    let y = try floats(matrix.outputSize)
    let kernel = SIMDLinear(
      rows: 1, layout: context.layout, kernels.registers, unit: context.unit, activation: context.activation)
    func multiply(by matrices: some Sequence<DeviceMatrix>, fetches: Bool) throws -> Duration {
      try ContinuousClock().measure {
        for matrix in matrices {
          func run(_ x: Input<some BitwiseCopyable>, stride: Int) throws {
            try kernel.run(
              context.launcher, x, stride: stride, rows: 1, weights: Input(matrix.weights), bias: matrix.bias,
              k: matrix.inputSize, n: matrix.outputSize, into: y, .none, fetches: fetches)
          }
          switch x.storage {
          case .floats(let buffer): try run(Input(buffer), stride: x.stride)
          case .quantized(let buffer, let stride): try run(Input(buffer), stride: stride)
          }
        }
        try context.queue.finish()
      }
    }
    _ = try multiply(by: matrices.prefix(1), fetches: true)  // compiles
    let halves = [matrices.dropLast(matrices.count / 2), matrices.suffix(matrices.count / 2)]
    return try zip(halves, halves.reversed()).contains { fetched, plain in
      let count = min(fetched.count, plain.count)
      let time = try multiply(by: fetched.suffix(count), fetches: true)
      return try time <= multiply(by: plain.suffix(count), fetches: false) * Self.tolerance
    }
  }
}
