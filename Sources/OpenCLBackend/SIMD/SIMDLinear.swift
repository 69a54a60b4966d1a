internal import Checkpoint
internal import Kernels
internal import OpenCL

/// The kernels of simd/linear.cl.
struct SIMDLinear: KernelDescriptor {
  private(set) var tile: SIMDTile
  let layout: PackedLayout
  let unit: DotUnit
  /// The activation of the epilogue ``Epilogue/activation``.
  let activation: Activation
  /// Whether the kernel applies that and quantizes the rows, for another product.
  private(set) var quantizes: Bool

  /// The kernel for products of so many rows.
  init(
    rows: Int, layout: PackedLayout, _ registers: VectorRegisters, unit: DotUnit, activation: Activation,
    quantizes: Bool = false, choice: TuningChoice? = nil
  ) {
    tile = SIMDTile(rows: rows, layout: layout, registers, choice: choice)
    self.layout = layout
    self.unit = unit
    self.activation = activation
    self.quantizes = quantizes
  }

  /// The same with another tile.
  func with(_ tile: SIMDTile) -> SIMDLinear {
    var kernel = self
    kernel.tile = tile
    return kernel
  }

  /// A kernel of the same program, which stands for all of them.
  var program: SIMDLinear {
    var kernel = self
    kernel.quantizes = false
    return kernel
  }

  /// Enqueues the product of `rows` rows, in fp32 or quantized as the layout says.
  func run(
    _ launcher: KernelLauncher, _ x: Input<some BitwiseCopyable>, stride: Int, rows: Int,
    weights: Input<some BitwiseCopyable>, bias: Buffer<Float>, k: Int, n: Int, into y: DeviceActivations,
    _ epilogue: Epilogue, fetches: Bool = true
  ) throws {
    let (detail, operations) = (" \(k) × \(n)", 2 * Double(rows) * Double(k) * Double(n))
    let ahead = tile.fetchDistances(rows: rows, layout: layout, pays: fetches)
    let tiles = Int32(tile.count(rows))
    let computeUnits = launcher.queue.context.device.computeUnits
    if quantizes {
      try launcher.run(
        self, detail, operations: operations,
        global: tile.range(rows: rows, panels: n / PackedLayout.group, computeUnits: computeUnits), local: 1, x,
        weights, Input(bias), Output(y.quantized), Int32(k), Int32(stride), Int32(y.stride), tiles, ahead.far,
        ahead.near)
    } else {
      try launcher.run(
        self, detail, operations: operations,
        global: tile.range(rows: rows, panels: PackedLayout.panels(n), computeUnits: computeUnits), local: 1, x,
        weights, Input(bias), InputOutput(y.floats), Int32(k), Int32(stride), Int32(y.stride), epilogue.rawValue, tiles,
        ahead.far, ahead.near)
    }
  }

  var source: KernelSource { .simdLinear }
  var function: String { quantizes ? "linear_operand" : "linear" }
  var language: KernelLanguage { unit.language }
  var definitions: [(name: String, value: String)] {
    layout.definitions + [("TM", "\(tile.height)"), ("LANES", "16")]
      + (tile.shared > 1 ? [("TILES", "\(tile.shared)")] : []) + (tile.held < 2 ? [("HELD", "\(tile.held)")] : [])
      + unit.definitions
      + (activation == .linear ? [] : [("ACTIVATION", activation.rawValue)])
  }
}

extension SIMDKernels {
  func product(
    _ x: DeviceActivations, _ norm: DeviceNorm?, _ matrix: DeviceMatrix, _ epilogue: Epilogue,
    _ activation: Activation, rows: Int, into y: DeviceActivations
  ) throws {
    let choice = context.choice(rows: rows, matrix)
    var kernel = SIMDLinear(
      rows: rows, layout: matrix.layout, registers, unit: context.unit(of: matrix),
      activation: epilogue == .activation || y.isQuantized ? activation : context.activation,
      quantizes: y.isQuantized, choice: choice)
    if let thrift, choice == nil {
      kernel = try thrift.linear(kernel, rows: rows, weights: matrix.inputSize * matrix.outputSize)
    }
    func run(_ input: Input<some BitwiseCopyable>, stride: Int) throws {
      try kernel.run(
        context.launcher, input, stride: stride, rows: rows, weights: Input(matrix.weights), bias: matrix.bias,
        k: matrix.inputSize, n: matrix.outputSize, into: y, epilogue, fetches: fetches)
    }
    var input = x
    if let norm {
      input = try normalizedRoom(rows: rows, columns: x.columns)
      try layerNorm(x, norm, rows: rows, into: input)
    }
    if context.layout.quantizesRows, !input.isQuantized { input = try quantize(input, rows: rows) }
    switch input.storage {
    case .floats(let buffer): try run(Input(buffer), stride: input.stride)
    case .quantized(let buffer, let stride): try run(Input(buffer), stride: stride)
    }
  }

  static func multiply(_ probe: ProbeProduct, _ launcher: KernelLauncher) throws {
    let kernel = SIMDLinear(
      rows: 1, layout: probe.layout, VectorRegisters(launcher.queue.context.device), unit: probe.unit,
      activation: probe.activation)
    try kernel.run(
      launcher, Input(probe.quantized.quantized), stride: probe.quantized.stride, rows: 1,
      weights: Input(probe.weights),
      bias: probe.bias, k: probe.inputSize, n: probe.outputSize, into: probe.y, .none)
  }
}
