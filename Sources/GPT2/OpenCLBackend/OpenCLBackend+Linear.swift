public import Checkpoint
internal import Kernels
internal import OpenCL

extension OpenCLBackend {
  /// y = activation(norm(x) · W + b).
  public func normalizedLinear(
    _ x: DeviceActivations, _ norm: DeviceNorm, _ matrix: DeviceMatrix, _ activation: Activation,
    scratch: DeviceActivations, into y: DeviceActivations
  ) throws {
    try layerNorm(x, norm, of: .allRows, into: scratch)
    try product(scratch, matrix, activation == .linear ? .none : .activation, activation, rows: step.rowCount, into: y)
  }

  /// y += x · W + b.
  public func linear(_ x: DeviceActivations, _ matrix: DeviceMatrix, addingTo y: DeviceActivations) throws {
    try product(x, matrix, .residual, activation, rows: step.rowCount, into: y)
  }

  /// Logits of the step's output rows.
  public func head(
    _ x: DeviceActivations, _ norm: DeviceNorm, _ matrix: DeviceMatrix, scratch: DeviceActivations,
    into logits: DeviceActivations
  ) throws {
    try layerNorm(x, norm, of: .outputRows, into: scratch)
    try product(scratch, matrix, .none, activation, rows: step.outputCount, into: logits)
  }

  private func product(
    _ x: DeviceActivations, _ matrix: DeviceMatrix, _ epilogue: LinearKernel.Epilogue, _ activation: Activation,
    rows: Int, into y: DeviceActivations
  ) throws {
    let tile = LinearKernel.tileHeight(family, rows: rows)
    let kernel = LinearKernel(
      family: family, tileHeight: tile, precision: precision,
      activation: epilogue == .activation ? activation : self.activation)
    let tiles = (rows + tile - 1) / tile
    let global: NDRange
    let local: NDRange
    switch family {
    case .panel: (global, local) = (NDRange(tiles, matrix.panels), 1)
    case .workgroup:
      (global, local) = (NDRange(LinearKernel.groupSize, tiles, matrix.panels), NDRange(LinearKernel.groupSize))
    }
    try launcher.run(
      kernel, " \(matrix.inputSize) × \(matrix.outputSize)", global: global, local: local, Input(x.buffer),
      Input(matrix.weights), Input(matrix.bias),
      InputOutput(y.buffer), Int32(matrix.inputSize), Int32(x.stride), Int32(y.stride),
      epilogue.rawValue)
  }
}

/// The kernels of linear_panel.cl and linear_workgroup.cl.
struct LinearKernel: KernelDescriptor {
  /// What becomes of a sum.
  enum Epilogue: Int32 {
    case none = 0
    case activation = 1
    /// It is added to what is there.
    case residual = 2
  }

  let family: KernelFamily
  /// Rows of a tile.
  let tileHeight: Int
  let precision: Precision
  /// What the epilogue ``Epilogue/activation`` applies.
  let activation: Activation

  /// Parts that the workgroup family cuts K into.
  private static let split = 4
  /// Work-items of a work-group of the workgroup family.
  static let groupSize = OpenCLBackend.panelWidth * split

  /// Tile heights there are kernels for: few, because each is compiled.
  private static func tileHeights(_ family: KernelFamily) -> [Int] {
    switch family {
    case .panel: [1, 2, 3, 4, 5, 6, 8, 10, 12]  // 12: 24 accumulators and 2 weights in 32 vector registers
    case .workgroup: [1, 4, 8]
    }
  }

  /// The tallest tile of any family: activations have room for its last rows.
  static let tallest = 12

  /// The height that covers `rows` in the fewest tiles, and then with the least excess.
  static func tileHeight(_ family: KernelFamily, rows: Int) -> Int {
    let heights = tileHeights(family)
    let tallest = heights.last ?? 1
    let tiles = (rows + tallest - 1) / tallest
    return heights.first { $0 * tiles >= rows } ?? tallest
  }

  var sources: [KernelSource] {
    [.activation, family == .panel ? .linearPanel : .linearWorkgroup]
  }
  var function: String { "linear" }
  var definitions: [(name: String, value: String)] {
    var definitions = [
      ("TM", "\(tileHeight)"), ("WEIGHT_BITS", "\(precision.bitWidth)"), ("T", family == .panel ? "float16" : "float"),
    ]
    if family == .workgroup { definitions.append(("SPLIT", "\(Self.split)")) }
    if activation != .linear { definitions.append(("ACTIVATION", activation.rawValue)) }
    return definitions
  }
}
