internal import Checkpoint
internal import Kernels
internal import OpenCL

/// The kernels of linear_panel.cl, linear_few_workgroup.cl and linear_tiles_workgroup.cl.
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
  /// The most tiles that a work-item of the panel family widens weights for once.
  let sharedTiles: Int
  /// Columns of a work-group of the workgroup family where it has few rows, of a panel.
  let width: Int
  let layout: PackedLayout
  let unit: DotUnit
  /// What the epilogue ``Epilogue/activation`` applies.
  let activation: Activation
  /// Whether the kernel applies that and rounds the rows, as operands of another product: in the panel family.
  let makesOperands: Bool
  /// Whether the kernel makes the operands that it multiplies itself, of rows in fp32 and a norm: in the workgroup family,
  /// for few rows.
  private(set) var stagesRows = false

  /// The kernel for products of so many rows and panels.
  init(
    family: KernelFamily, rows: Int, panels: Int, computeUnits: Int, layout: PackedLayout, unit: DotUnit,
    activation: Activation, makesOperands: Bool = false
  ) {
    self.family = family
    switch family {
    case .panel:
      sharedTiles = layout.operandType == .fp32 && rows > Self.tallest ? Self.mostSharedTiles : 1
      tileHeight = Self.tileHeight(layout, rows: rows, widensOnce: sharedTiles > 1)
      width = PackedLayout.panelWidth
    case .workgroup:
      let shape = WorkgroupTile(rows: rows, panels: panels, computeUnits: computeUnits)
      (tileHeight, width, sharedTiles) = (shape.height, shape.width, 1)
    }
    self.layout = layout
    self.unit = unit
    self.activation = activation
    self.makesOperands = makesOperands
  }

  /// Tile heights of the panel family there are kernels for: few, because each is compiled.
  ///
  /// The tallest fill 32 vector registers: two accumulators a row, and for int8 as many again.
  private static func tileHeights(_ layout: PackedLayout, widensOnce: Bool) -> [Int] {
    if widensOnce { return [8, 10, 12] }
    return layout.operandType == .quads ? [1, 2, 3, 4, 5, 6] : [1, 2, 3, 4, 5, 6, 8, 10, 12]
  }

  /// Sums of as many tiles stay in the L1 cache beside a chunk of widened weights.
  private static let mostSharedTiles = 8

  /// The tallest tile of the panel family, which computes rows in vain at the end: activations have room for them.
  static let tallest = 12

  /// The height that costs the panel family least: each tile loads the weights anew, which costs as much as half a row,
  /// or a whole one where each widens them.
  private static func tileHeight(_ layout: PackedLayout, rows: Int, widensOnce: Bool) -> Int {
    let loading = layout.operandType == .fp32 && !widensOnce ? 2 : 1
    func cost(_ height: Int) -> Int { (rows + height - 1) / height * (2 * height + loading) }
    return tileHeights(layout, widensOnce: widensOnce).min { (cost($0), -$0) < (cost($1), -$1) } ?? 1
  }

  /// How the panel family divides the tiles of `rows` rows among work-items: a panel each, or, where there are few panels for
  /// so many compute units, fewer tiles.
  func groups(rows: Int, panels: Int, computeUnits: Int) -> Int {
    let tiles = (rows + tileHeight - 1) / tileHeight
    guard sharedTiles > 1 else { return tiles }
    return max((tiles + sharedTiles - 1) / sharedTiles, min(tiles, (4 * computeUnits + panels - 1) / panels))
  }

  /// The global size of a launch of the panel family.
  private func range(rows: Int, panels: Int, computeUnits: Int) -> NDRange {
    let groups = groups(rows: rows, panels: panels, computeUnits: computeUnits)
    return sharedTiles > 1 ? NDRange(panels, groups) : NDRange(groups, panels)
  }

  /// How many weights ahead of those multiplied the panel family fetches into the L2 and the L1 cache, where a tile has its
  /// panel for itself.
  ///
  /// Where a line is multiplied for more than 8 cycles, or by several tiles, no processor's own fetching keeps up.
  ///
  /// - Parameter pays: Whether fetching pays on this processor where lines are multiplied for less.
  func fetchDistances(rows: Int, pays: Bool) -> (far: Int32, near: Int32) {
    let cycles = 2 * tileHeight * 64 / (PackedLayout.panelWidth * layout.weightByteCount)
    let isNeeded = pays || layout.operandType != .quads && (cycles > 8 || rows > tileHeight)
    func weights(_ byteCount: Int) -> Int32 { Int32(byteCount / layout.weightByteCount) }
    return (isNeeded ? weights(16 << 10) : 0, pays ? weights(1 << 10) : 0)
  }

  /// The kernel that makes the operands of `rows` rows of K itself; nil where there is none, or too little local memory.
  func staging(rows: Int, k: Int, localMemory: Int) -> LinearKernel? {
    let moments = tileHeight * MemoryLayout<SIMD2<Float>>.size
    guard family == .workgroup, tile.hasFewRows,
      tile.localMemory(layout, staged: min(rows, tileHeight), k: k) + moments <= localMemory
    else { return nil }
    var kernel = self
    kernel.stagesRows = true
    return kernel
  }

  private var tile: WorkgroupTile { WorkgroupTile(height: tileHeight, width: width) }

  /// Enqueues the product of `rows` rows of operands, or, where the kernel makes these itself, of rows in fp32 that go
  /// through `norm` first.
  func run(
    _ launcher: KernelLauncher, _ operand: Input<some BitwiseCopyable>, stride: Int, rows: Int, norm: DeviceNorm? = nil,
    weights: Input<some BitwiseCopyable>, bias: Buffer<Float>, k: Int, n: Int, into y: DeviceActivations,
    _ epilogue: Epilogue, fetches: Bool = true
  ) throws {
    let tiles = (rows + tileHeight - 1) / tileHeight
    let computeUnits = launcher.queue.context.device.computeUnits
    let panels = PackedLayout.panels(n)
    let operations = 2 * Double(rows) * Double(k) * Double(n)
    let (rowCount, ahead) = (rows, fetchDistances(rows: rows, pays: fetches))
    let (k, rows, stride, yStride) = (Int32(k), Int32(rows), Int32(stride), Int32(y.stride))
    let detail = " \(k) × \(n)"
    switch family {
    case .panel where makesOperands:
      let parts = n / PackedLayout.group
      try launcher.run(
        self, detail, operations: operations,
        global: range(rows: rowCount, panels: parts, computeUnits: computeUnits), local: 1, operand, weights,
        Input(bias), Output(y.operand), k, stride, Int32(y.operandStride), Int32(tiles), ahead.far, ahead.near)
    case .panel:
      try launcher.run(
        self, detail, operations: operations,
        global: range(rows: rowCount, panels: panels, computeUnits: computeUnits), local: 1, operand, weights,
        Input(bias), InputOutput(y.buffer), k, stride, yStride, epilogue.rawValue, Int32(tiles), ahead.far, ahead.near)
    case .workgroup:
      let size = tile.groupSize
      let (global, local) = (NDRange(size, tiles, tile.groupsAcross(panels)), NDRange(size))
      guard tile.hasFewRows else {
        return try launcher.run(
          self, detail, operations: operations, global: global, local: local, operand, weights, Input(bias),
          InputOutput(y.buffer), rows, k, Int32(panels), stride, yStride, epilogue.rawValue)
      }
      let room = tile.localMemory(layout, staged: stagesRows ? min(Int(rows), tileHeight) : 0, k: Int(k))
      try launcher.run(
        self, detail, operations: operations, global: global, local: local, operand, weights, Input(bias),
        Input(norm?.gain ?? bias), Input(norm?.bias ?? bias), Local<UInt32>(count: room / MemoryLayout<UInt32>.size),
        InputOutput(y.buffer), rows, k, stride, yStride, epilogue.rawValue, norm == nil ? 0 : 1 as Int32,
        norm?.epsilon ?? 0)
    }
  }

  var sources: [KernelSource] {
    switch family {
    case .panel: (layout.hasOperands ? [.quantizePanel] : []) + [.exponential, .activation, .linearPanel]
    case .workgroup where !tile.hasFewRows: [.exponential, .activation, .linearWorkgroup, .linearTilesWorkgroup]
    case .workgroup:
      [.exponential, .activation] + (stagesRows ? [.momentsWorkgroup] : [])
        + (stagesRows && layout.hasOperands ? [.quantizeWorkgroup] : []) + [.linearWorkgroup, .linearFewWorkgroup]
    }
  }
  var function: String { makesOperands ? "linear_operand" : "linear" }
  var definitions: [(name: String, value: String)] {
    var definitions = layout.definitions + [("TM", "\(tileHeight)")]
    if family == .panel { definitions.append(("LANES", "16")) }
    if sharedTiles > 1 { definitions.append(("TILES", "\(sharedTiles)")) }
    if unit != .portable { definitions.append(("DOT_UNIT", "\(unit.code)")) }
    if family == .workgroup, tile.hasFewRows { definitions.append(("WIDTH", "\(width)")) }
    if stagesRows { definitions.append(("STAGES", "1")) }
    if activation != .linear { definitions.append(("ACTIVATION", activation.rawValue)) }
    return definitions
  }
}
