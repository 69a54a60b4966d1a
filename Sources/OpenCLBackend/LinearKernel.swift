internal import Checkpoint
internal import Kernels
internal import OpenCL

/// The kernels of simd/linear.cl, simt/linear_few.cl and simt/linear_tiles.cl.
struct LinearKernel: KernelDescriptor {
  /// What a work-group of either family computes.
  private enum Tile: Hashable {
    case simd(SIMDTile)
    case simt(SIMTTile)
  }

  private let tile: Tile
  let layout: PackedLayout
  let unit: DotUnit
  /// What the epilogue ``Epilogue/activation`` applies.
  let activation: Activation
  /// Whether the kernel applies that and rounds the rows, as operands of another product: in the simd family.
  let makesOperands: Bool
  /// Whether the kernel makes the operands that it multiplies itself, of rows in fp32 and a norm: in the simt family,
  /// for few rows.
  private(set) var stagesRows = false

  /// The kernel for products of so many rows and panels.
  init(
    family: KernelFamily, rows: Int, panels: Int, computeUnits: Int, layout: PackedLayout, unit: DotUnit,
    activation: Activation, makesOperands: Bool = false
  ) {
    tile =
      switch family {
      case .simd: .simd(SIMDTile(rows: rows, layout: layout))
      case .simt: .simt(SIMTTile(rows: rows, panels: panels, computeUnits: computeUnits))
      }
    self.layout = layout
    self.unit = unit
    self.activation = activation
    self.makesOperands = makesOperands
  }

  /// Rows of a tile.
  var tileHeight: Int {
    switch tile {
    case .simd(let tile): tile.height
    case .simt(let tile): tile.height
    }
  }

  /// The kernel that makes the operands of `rows` rows of K itself; nil where there is none, or too little local memory.
  func staging(rows: Int, k: Int, localMemory: Int) -> LinearKernel? {
    guard case .simt(let tile) = tile, tile.hasFewRows else { return nil }
    let moments = tile.height * MemoryLayout<SIMD2<Float>>.size
    guard tile.localMemory(layout, staged: min(rows, tile.height), k: k) + moments <= localMemory else { return nil }
    var kernel = self
    kernel.stagesRows = true
    return kernel
  }

  /// Enqueues the product of `rows` rows of operands, or, where the kernel makes these itself, of rows in fp32 that go
  /// through `norm` first.
  func run(
    _ launcher: KernelLauncher, _ operand: Input<some BitwiseCopyable>, stride: Int, rows: Int, norm: DeviceNorm? = nil,
    weights: Input<some BitwiseCopyable>, bias: Buffer<Float>, k: Int, n: Int, into y: DeviceActivations,
    _ epilogue: Epilogue, fetches: Bool = true
  ) throws {
    let device = launcher.queue.context.device
    let panels = PackedLayout.panels(n)
    let (detail, operations) = (" \(k) × \(n)", 2 * Double(rows) * Double(k) * Double(n))
    let (xStride, yStride) = (Int32(stride), Int32(y.stride))
    switch tile {
    case .simd(let tile):
      let ahead = tile.fetchDistances(rows: rows, layout: layout, pays: fetches)
      let tiles = Int32(tile.count(rows))
      func range(_ panels: Int) -> NDRange {
        tile.range(rows: rows, panels: panels, computeUnits: device.computeUnits)
      }
      if makesOperands {
        try launcher.run(
          self, detail, operations: operations, global: range(n / PackedLayout.group), local: 1, operand, weights,
          Input(bias), Output(y.operand), Int32(k), xStride, Int32(y.operandStride), tiles, ahead.far, ahead.near)
      } else {
        try launcher.run(
          self, detail, operations: operations, global: range(panels), local: 1, operand, weights, Input(bias),
          InputOutput(y.buffer), Int32(k), xStride, yStride, epilogue.rawValue, tiles, ahead.far, ahead.near)
      }
    case .simt(let tile):
      let size = tile.groupSize
      let tiles = (rows + tile.height - 1) / tile.height
      let (global, local) = (NDRange(size, tiles, tile.groupsAcross(panels)), NDRange(size))
      guard tile.hasFewRows else {
        return try launcher.run(
          self, detail, operations: operations, global: global, local: local, operand, weights, Input(bias),
          InputOutput(y.buffer), Int32(rows), Int32(k), Int32(panels), xStride, yStride, epilogue.rawValue)
      }
      let room = tile.localMemory(layout, staged: stagesRows ? min(rows, tile.height) : 0, k: k)
      try launcher.run(
        self, detail, operations: operations, global: global, local: local, operand, weights, Input(bias),
        Input(norm?.gain ?? bias), Input(norm?.bias ?? bias), Local<UInt32>(count: room / MemoryLayout<UInt32>.size),
        InputOutput(y.buffer), Int32(rows), Int32(k), xStride, yStride, epilogue.rawValue,
        norm == nil ? 0 : 1 as Int32, norm?.epsilon ?? 0)
    }
  }

  var source: KernelSource {
    switch tile {
    case .simd: .simdLinear
    case .simt(let tile): tile.hasFewRows ? .simtLinearFew : .simtLinearTiles
    }
  }
  var function: String { makesOperands ? "linear_operand" : "linear" }
  var definitions: [(name: String, value: String)] {
    var definitions = layout.definitions + [("TM", "\(tileHeight)")]
    switch tile {
    case .simd(let tile):
      definitions.append(("LANES", "16"))
      if tile.shared > 1 { definitions.append(("TILES", "\(tile.shared)")) }
    case .simt(let tile):
      if tile.hasFewRows { definitions.append(("WIDTH", "\(tile.width)")) }
    }
    if unit != .portable { definitions.append(("DOT_UNIT", "\(unit.code.rawValue)")) }
    if stagesRows { definitions.append(("STAGES", "1")) }
    if activation != .linear { definitions.append(("ACTIVATION", activation.rawValue)) }
    return definitions
  }
}
