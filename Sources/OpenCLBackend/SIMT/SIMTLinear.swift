internal import Checkpoint
internal import Kernels
internal import OpenCL

/// The kernels of simt/linear_few.cl and simt/linear_tiles.cl.
struct SIMTLinear: KernelDescriptor {
  let tile: SIMTTile
  let layout: PackedLayout
  let unit: DotUnit
  /// What the epilogue ``Epilogue/activation`` applies.
  let activation: Activation
  /// Whether the kernel normalizes and quantizes its rows, which are fp32, itself: for few rows.
  private(set) var stagesRows = false

  /// The kernel for products of so many rows and panels.
  init(
    rows: Int, panels: Int, computeUnits: Int, layout: PackedLayout, unit: DotUnit, activation: Activation
  ) {
    tile = SIMTTile(rows: rows, panels: panels, computeUnits: computeUnits)
    self.layout = layout
    self.unit = unit
    self.activation = activation
  }

  /// The kernel that normalizes and quantizes `rows` rows of K itself; nil where there is none, or too little local memory.
  func staging(rows: Int, k: Int, localMemory: Int) -> SIMTLinear? {
    guard tile.hasFewRows else { return nil }
    let moments = tile.height * MemoryLayout<SIMD2<Float>>.size
    guard tile.localMemory(layout, staged: min(rows, tile.height), k: k) + moments <= localMemory else { return nil }
    var kernel = self
    kernel.stagesRows = true
    return kernel
  }

  /// Enqueues the product of `rows` rows, in fp32 or quantized as the layout says; where the kernel quantizes them itself,
  /// of rows in fp32 that go through `norm` first.
  func run(
    _ launcher: KernelLauncher, _ x: Input<some BitwiseCopyable>, stride: Int, rows: Int, norm: DeviceNorm? = nil,
    weights: Input<some BitwiseCopyable>, bias: Buffer<Float>, k: Int, n: Int, into y: DeviceActivations,
    _ epilogue: Epilogue
  ) throws {
    let panels = PackedLayout.panels(n)
    let (detail, operations) = (" \(k) × \(n)", 2 * Double(rows) * Double(k) * Double(n))
    let size = tile.groupSize
    let tiles = (rows + tile.height - 1) / tile.height
    let (global, local) = (NDRange(size, tiles, tile.groupsAcross(panels)), NDRange(size))
    guard tile.hasFewRows else {
      return try launcher.run(
        self, detail, operations: operations, global: global, local: local, x, weights, Input(bias),
        InputOutput(y.floats), Int32(rows), Int32(k), Int32(panels), Int32(stride), Int32(y.stride), epilogue.rawValue)
    }
    let room = tile.localMemory(layout, staged: stagesRows ? min(rows, tile.height) : 0, k: k)
    try launcher.run(
      self, detail, operations: operations, global: global, local: local, x, weights, Input(bias),
      Input(norm?.gain ?? bias), Input(norm?.bias ?? bias), Local<UInt32>(count: room / MemoryLayout<UInt32>.size),
      InputOutput(y.floats), Int32(rows), Int32(k), Int32(stride), Int32(y.stride), epilogue.rawValue,
      norm == nil ? 0 : 1 as Int32, norm?.epsilon ?? 0)
  }

  var source: KernelSource { tile.hasFewRows ? .simtLinearFew : .simtLinearTiles }
  var function: String { "linear" }
  var definitions: [(name: String, value: String)] {
    layout.definitions + [("TM", "\(tile.height)")] + (tile.hasFewRows ? [("WIDTH", "\(tile.width)")] : [])
      + unit.definitions + (stagesRows ? [("STAGES", "1")] : [])
      + (activation == .linear ? [] : [("ACTIVATION", activation.rawValue)])
  }
}

extension SIMTKernels {
  func product(
    _ x: DeviceActivations, _ norm: DeviceNorm?, _ matrix: DeviceMatrix, _ epilogue: Epilogue,
    _ activation: Activation, rows: Int, into y: DeviceActivations
  ) throws {
    let (layout, k) = (context.layout, matrix.inputSize)
    let kernel = SIMTLinear(
      rows: rows, panels: matrix.panels, computeUnits: context.device.computeUnits, layout: layout, unit: context.unit,
      activation: epilogue == .activation ? activation : context.activation)
    func run(
      _ kernel: SIMTLinear, _ input: Input<some BitwiseCopyable>, stride: Int, norm: DeviceNorm? = nil
    ) throws {
      try kernel.run(
        context.launcher, input, stride: stride, rows: rows, norm: norm, weights: Input(matrix.weights),
        bias: matrix.bias, k: k, n: matrix.outputSize, into: y, epilogue)
    }
    if fuses, norm != nil || layout.quantizesRows,
      let staging = kernel.staging(rows: rows, k: k, localMemory: localMemory)
    {
      return try run(staging, Input(x.floats), stride: x.stride, norm: norm)
    }
    var input = try norm.map { try normalizedRows(x, $0, rows: rows) } ?? x
    if layout.quantizesRows, !input.isQuantized { input = try quantize(input, rows: rows) }
    switch input.storage {
    case .floats(let buffer): try run(kernel, Input(buffer), stride: input.stride)
    case .quantized(let buffer, let stride): try run(kernel, Input(buffer), stride: stride)
    }
  }

  /// norm(x) in a launch of its own; quantized, where the precision has such and rows are whole groups.
  private func normalizedRows(_ x: DeviceActivations, _ norm: DeviceNorm, rows: Int) throws -> DeviceActivations {
    let isWhole = x.columns.isMultiple(of: PackedLayout.group)
    let room = { try self.normalized.room(rows: rows + DeviceActivations.spareRows, stride: x.stride) }
    let y =
      try (isWhole ? context.quantizedRoom(rows: rows, columns: x.columns) : nil)
      ?? DeviceActivations(.floats(room()), columns: x.columns)
    try layerNorm(x, norm, rows: rows, into: y)
    return y
  }

  static func multiply(_ probe: ProbeProduct, _ launcher: KernelLauncher) throws {
    let kernel = SIMTLinear(
      rows: 1, panels: 1, computeUnits: 1, layout: probe.layout, unit: probe.unit, activation: probe.activation)
    try kernel.run(
      launcher, Input(probe.row), stride: probe.row.count, rows: 1, weights: Input(probe.weights),
      bias: probe.bias, k: probe.inputSize, n: probe.outputSize, into: probe.y, .none)
  }
}
