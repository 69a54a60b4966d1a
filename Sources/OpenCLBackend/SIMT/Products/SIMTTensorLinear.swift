internal import Backend
internal import Checkpoint
internal import Kernels
internal import OpenCL

/// The kernels of simt/linear_mma.cl and simt/linear_mma_tiles.cl: products on tensor cores.
struct SIMTTensorLinear: KernelDescriptor {
  let tile: SIMTTensorTile
  let layout: PackedLayout
  let unit: DotUnit
  /// What the epilogue ``Epilogue/activation`` applies.
  let activation: Activation
  /// K, where warps share it and it is small: INPUTS. Of 768, loops of unknown length are a twelfth of one row's time on
  /// an H100, as predicted; of 1600, loops of known length take longer.
  private let inputs: Int?
  private static let mostToldInputs = 1024
  /// How K ends: TAIL.
  private let tail: Tail

  enum Tail: Int {
    case withGroup, anywhere, withPart

    /// How a sum of so many ends.
    init(k: Int, _ precision: Precision) {
      self =
        k.isMultiple(of: PackedLayout.group)
        ? .withGroup : k.isMultiple(of: SIMTTensorTile.partSize(precision)) ? .withPart : .anywhere
    }

    /// The end that a kernel must see to which takes sums with each of these.
    static func of(_ ends: [Tail]) -> Tail { [.anywhere, .withPart].first(where: ends.contains) ?? .withGroup }
  }

  init(_ tile: SIMTTensorTile, k: Int, layout: PackedLayout, unit: DotUnit, activation: Activation) {
    self.tile = tile
    self.layout = layout
    self.unit = unit
    self.activation = activation
    inputs = tile.sharesK && k <= Self.mostToldInputs ? k : nil
    tail = Tail(k: k, layout.precision)
  }

  var source: KernelSource { tile.sharesK ? .simtLinearMMA : .simtLinearMMATiles }
  var function: String { "linear" }
  var definitions: [(name: String, value: String)] {
    layout.definitions + unit.definitions + tile.definitions + [("TAIL", "\(tail.rawValue)")]
      + (inputs.map { [("INPUTS", "\($0)")] } ?? [])
      + (activation == .linear ? [] : [("ACTIVATION", activation.rawValue)])
  }

  /// Enqueues the product of rows: where warps share K, of rows in fp32 that go through `norm` first, and then asks for
  /// what is `ahead`; else of rows as the precision's products take them.
  func run(
    _ launcher: KernelLauncher, _ x: DeviceActivations, rows: Int, norm: DeviceNorm? = nil,
    weights: Input<some BitwiseCopyable>, bias: Buffer<Float>, k: Int, n: Int, into y: DeviceActivations,
    _ epilogue: Epilogue, sharing: SIMTPartialSums, ahead: WeightStream.Piece? = nil
  ) throws {
    let panels = PackedLayout.panels(n)
    let (detail, operations) = (" \(k) × \(n)", 2 * Double(rows) * Double(k) * Double(n))
    let tiles = (rows + tile.height - 1) / tile.height
    let across = tile.groupsAcross(panels)
    let (global, local) = (NDRange(tile.groupSize * tile.split, tiles, across), NDRange(tile.groupSize))
    let (handed, arrivals) = try sharing.room(
      products: tiles * across, split: tile.split, sums: tile.sharedSums(k, layout.precision))
    func runTiles(_ input: Input<some BitwiseCopyable>) throws {
      try launcher.run(
        self, detail, operations: operations, global: global, local: local, input, weights, Input(bias),
        InputOutput(handed), InputOutput(arrivals), InputOutput(y.floats), Int32(rows), Int32(k), Int32(panels),
        Int32(x.stride), Int32(y.stride), epilogue.rawValue)
    }
    func runFew(_ later: Input<some BitwiseCopyable>, _ first: Int32, _ count: Int32) throws {
      try launcher.run(
        self, detail, operations: operations, global: global, local: local, Input(x.floats), weights, Input(bias),
        Input(norm?.gain ?? bias), Input(norm?.bias ?? bias), InputOutput(handed), InputOutput(arrivals), later,
        InputOutput(y.floats), Int32(rows), Int32(k), Int32(x.stride), Int32(y.stride), epilogue.rawValue,
        norm == nil ? 0 : 1 as Int32, norm?.epsilon ?? 0, first, count)
    }
    if tile.sharesK {
      guard let ahead else { return try runFew(weights, 0, 0) }
      return try runFew(Input(ahead.weights), ahead.first, ahead.count)
    }
    switch x.storage {
    case .floats(let buffer): try runTiles(Input(buffer))
    case .quantized(let buffer, _): try runTiles(Input(buffer))
    }
  }

  static func multiply(_ probe: ProbeProduct, _ launcher: KernelLauncher) throws {
    let sharesK = SIMTTensorTile.fewRows.contains(probe.rows)
    let tile = SIMTTensorTile(
      rows: probe.rows, panels: 1, k: probe.inputSize, computeUnits: 1, precision: probe.layout.precision,
      sharesK: sharesK)
    let kernel = SIMTTensorLinear(
      tile, k: probe.inputSize, layout: probe.layout, unit: probe.unit, activation: probe.activation)
    try kernel.run(
      launcher, sharesK || !probe.layout.quantizesRows ? probe.x : probe.quantized, rows: probe.rows,
      weights: Input(probe.weights), bias: probe.bias, k: probe.inputSize, n: probe.outputSize, into: probe.y, .none,
      sharing: SIMTPartialSums(launcher.queue.context))
  }
}

extension SIMTKernels {
  /// ``product`` on tensor cores.
  func tensorProduct(
    _ x: DeviceActivations, _ norm: DeviceNorm?, _ matrix: DeviceMatrix, _ epilogue: Epilogue,
    _ activation: Activation, rows: Int, into y: DeviceActivations
  ) throws {
    let (layout, k) = (context.layout, matrix.inputSize)
    let sharesK = fuses && SIMTTensorTile.fewRows.contains(rows) && !x.isQuantized
    let chosen = context.choice(rows: rows, matrix).flatMap { choice in
      SIMTTensorTile(choice, rows: rows, k: k, precision: layout.precision).flatMap {
        $0.sharesK == sharesK ? $0 : nil  // rows that are quantized already have no kernel that shares K
      }
    }
    let tile =
      chosen
      ?? SIMTTensorTile(
        rows: rows, panels: matrix.panels, k: k, computeUnits: context.device.computeUnits,
        precision: layout.precision, sharesK: sharesK)
    let kernel = SIMTTensorLinear(
      tile, k: k, layout: layout, unit: context.unit,
      activation: epilogue == .activation ? activation : context.activation)
    var input = x
    if !sharesK {
      input = try norm.map { try normalizedRows(x, $0, rows: rows) } ?? x
      if layout.quantizesRows, !input.isQuantized { input = try quantize(input, rows: rows) }
    }
    try kernel.run(
      context.launcher, input, rows: rows, norm: sharesK ? norm : nil, weights: Input(matrix.weights),
      bias: matrix.bias, k: k, n: matrix.outputSize, into: y, epilogue, sharing: partialSums,
      ahead: sharesK ? stream.ahead(of: matrix.weights) : nil)
    lastWeights = matrix.weights
  }
}
