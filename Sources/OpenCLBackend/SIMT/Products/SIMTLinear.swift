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
  /// Whether the rows are quantized already; the kernel for few rows normalizes and quantizes rows in fp32 itself.
  let takesQuantized: Bool
  /// Whether the sum is no multiple of what is loaded together, for the kernel for few rows.
  let hasTail: Bool

  /// The kernel for products with a matrix of K rows.
  init(
    _ tile: SIMTTile, k: Int, layout: PackedLayout, unit: DotUnit, activation: Activation, takesQuantized: Bool
  ) {
    self.tile = tile
    self.layout = layout
    self.unit = unit
    self.activation = activation
    self.takesQuantized = layout.quantizesRows && takesQuantized
    hasTail = tile.hasFewRows && SIMTSum(layout, k: k).hasTail
  }

  /// Enqueues the product of `rows` rows, in fp32 or quantized as the layout says; where the kernel quantizes them itself,
  /// of rows in fp32 that go through `norm` first.
  func run(
    _ launcher: KernelLauncher, _ x: Input<some BitwiseCopyable>, stride: Int, rows: Int, norm: DeviceNorm? = nil,
    weights: Input<some BitwiseCopyable>, bias: Buffer<Float>, k: Int, n: Int, into y: DeviceActivations,
    _ epilogue: Epilogue, sharing: SIMTPartialSums
  ) throws {
    let panels = PackedLayout.panels(n)
    let (detail, operations) = (" \(k) × \(n)", 2 * Double(rows) * Double(k) * Double(n))
    let size = tile.groupSize(layout)
    let (tiles, across) = ((rows + tile.height - 1) / tile.height, tile.groupsAcross(panels))
    let (global, local) = (NDRange(size * tile.split, tiles, across), NDRange(size))
    guard tile.hasFewRows else {
      return try launcher.run(
        self, detail, operations: operations, global: global, local: local, x, weights, Input(bias),
        InputOutput(y.floats), Int32(rows), Int32(k), Int32(panels), Int32(stride), Int32(y.stride), epilogue.rawValue)
    }
    let sum = SIMTSum(layout, k: k)
    let room = tile.operandMemory(layout, sum)
    let (slices, arrivals) = try sharing.room(
      products: tiles * across, split: tile.split, sums: sum.slices * tile.height * tile.width)
    try launcher.run(
      self, detail, operations: operations, global: global, local: local, x, weights, Input(bias),
      Input(norm?.gain ?? bias), Input(norm?.bias ?? bias), Local<UInt32>(count: room / MemoryLayout<UInt32>.size),
      InputOutput(slices), InputOutput(arrivals), InputOutput(y.floats), Int32(rows), Int32(k), Int32(stride),
      Int32(y.stride), epilogue.rawValue, norm == nil ? 0 : 1 as Int32, norm?.epsilon ?? 0)
  }

  var source: KernelSource { tile.hasFewRows ? .simtLinearFew : .simtLinearTiles }
  var function: String { "linear" }
  var language: KernelLanguage { unit.language }
  var definitions: [(name: String, value: String)] {
    layout.definitions + [("TM", "\(tile.height)")] + (tile.hasFewRows ? fewDefinitions : []) + unit.definitions
      + (activation == .linear ? [] : [("ACTIVATION", activation.rawValue)])
  }
  private var fewDefinitions: [(name: String, value: String)] {
    [("WIDTH", "\(tile.width)"), ("SLICES", "\(tile.slices)"), ("FLIGHT", "\(tile.flight)")]
      + [("TAIL", hasTail ? "1" : "0")] + (takesQuantized ? [("QUANTIZED", "1")] : [])
  }
  var registers: Int { tile.registers }
}

/// Where work-groups that share a sum leave theirs.
final class SIMTPartialSums {
  private let sums: Scratch<Float>
  /// How many have arrived at each product: zero between launches.
  private let arrivals: Scratch<Int32>

  init(_ context: Context) throws {
    sums = try Scratch(context)
    arrivals = try Scratch(context)
  }

  /// Room for products of a tile's rows and columns, each of so many sums, where `split` work-groups share it.
  func room(products: Int, split: Int, sums: Int) throws -> (Buffer<Float>, Buffer<Int32>) {
    // Processors count the arrivals of a single group, too.
    try room(sums: split > 1 ? products * sums : 0, arrivals: products)
  }

  /// Room for so many sums, and for products at which work-groups arrive.
  func room(sums: Int, arrivals: Int) throws -> (Buffer<Float>, Buffer<Int32>) {
    (try self.sums.room(rows: sums, stride: 1), try self.arrivals.room(rows: arrivals, stride: 1))
  }
}

extension SIMTKernels {
  func product(
    _ x: DeviceActivations, _ norm: DeviceNorm?, _ matrix: DeviceMatrix, _ epilogue: Epilogue,
    _ activation: Activation, rows: Int, into y: DeviceActivations
  ) throws {
    if context.unit.usesTensorCores {
      return try tensorProduct(x, norm, matrix, epilogue, activation, rows: rows, into: y)
    }
    let (layout, k) = (matrix.layout, matrix.inputSize)
    let tile =
      forcedTile ?? context.choice(rows: rows, matrix).flatMap(SIMTTile.init)
      ?? SIMTTile(
        rows: rows, panels: matrix.panels, sum: SIMTSum(layout, k: k), layout: layout, limits: limits)
    func run(
      _ input: Input<some BitwiseCopyable>, stride: Int, norm: DeviceNorm? = nil, areQuantized: Bool
    ) throws {
      let kernel = SIMTLinear(
        tile, k: k, layout: layout, unit: context.unit(of: matrix),
        activation: epilogue == .activation ? activation : context.activation, takesQuantized: areQuantized)
      try kernel.run(
        context.launcher, input, stride: stride, rows: rows, norm: norm, weights: Input(matrix.weights),
        bias: matrix.bias, k: k, n: matrix.outputSize, into: y, epilogue, sharing: partialSums)
    }
    if fuses, tile.hasFewRows { return try run(Input(x.floats), stride: x.stride, norm: norm, areQuantized: false) }
    var input = try norm.map { try normalizedRows(x, $0, rows: rows) } ?? x
    if layout.quantizesRows, !input.isQuantized { input = try quantize(input, rows: rows) }
    if context.unit.usesMatrixUnits, !tile.hasFewRows, case .quantized(let buffer, let stride) = input.storage {
      let kernel = SIMTMatrixLinear(
        rows: rows, panels: matrix.panels, layout: layout, unit: context.unit(of: matrix),
        activation: epilogue == .activation ? activation : context.activation, context.device)
      return try kernel.run(
        context.launcher, buffer, stride: stride, rows: rows, weights: Input(matrix.weights), bias: matrix.bias, k: k,
        n: matrix.outputSize, into: y, epilogue)
    }
    switch input.storage {
    case .floats(let buffer): try run(Input(buffer), stride: input.stride, areQuantized: false)
    case .quantized(let buffer, let stride): try run(Input(buffer), stride: stride, areQuantized: true)
    }
  }

  /// norm(x) in a launch of its own; quantized, where the precision has such and rows are whole groups.
  func normalizedRows(_ x: DeviceActivations, _ norm: DeviceNorm, rows: Int) throws -> DeviceActivations {
    let isWhole = x.columns.isMultiple(of: PackedLayout.group)
    let room = { try self.normalized.room(rows: rows + DeviceActivations.spareRows, stride: x.stride) }
    let y =
      try (isWhole ? context.quantizedRoom(rows: rows, columns: x.columns) : nil)
      ?? DeviceActivations(.floats(room()), columns: x.columns)
    try layerNorm(x, norm, rows: rows, into: y)
    return y
  }

  static func multiply(_ probe: ProbeProduct, _ launcher: KernelLauncher) throws {
    if probe.unit.usesTensorCores { return try SIMTTensorLinear.multiply(probe, launcher) }
    let (device, k) = (launcher.queue.context.device, probe.inputSize)
    if probe.unit.usesMatrixUnits, !SIMTTile.fewRows.contains(probe.rows) {
      return try SIMTMatrixLinear(
        rows: probe.rows, panels: 1, layout: probe.layout, unit: probe.unit, activation: probe.activation, device
      ).run(
        launcher, probe.quantized.quantized, stride: probe.quantized.stride, rows: probe.rows,
        weights: Input(probe.weights), bias: probe.bias, k: k, n: probe.outputSize, into: probe.y, .none)
    }
    var tile = SIMTTile(
      rows: 1, panels: 1, sum: SIMTSum(probe.layout, k: k), layout: probe.layout, limits: SIMTLimits(device))
    tile.split = 1
    let kernel = SIMTLinear(
      tile, k: k, layout: probe.layout, unit: probe.unit, activation: probe.activation, takesQuantized: true)
    try kernel.run(
      launcher, Input(probe.quantized.quantized), stride: probe.quantized.stride, rows: 1,
      weights: Input(probe.weights), bias: probe.bias, k: k, n: probe.outputSize, into: probe.y, .none,
      sharing: SIMTPartialSums(launcher.queue.context))
  }
}
