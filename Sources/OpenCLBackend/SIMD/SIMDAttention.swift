internal import Backend
internal import Kernels
internal import OpenCL

/// The kernels of simd/attention.cl and simd/attention_tiles.cl.
struct SIMDAttention: KernelDescriptor {
  enum Function: String {
    case append
    /// For rows that are alone in their slot.
    case attendOne = "attend_one"
    /// For rows of a prompt.
    case attendTile = "attend_tile"
  }

  private(set) var entry: Function
  let headSize: Int
  /// Heads of a work-item of ``Function/attendOne``.
  private(set) var headGroup: Int
  let cacheType: StoredType
  /// How ``Function/attendOne`` quantizes its rows; nil where it leaves them in fp32.
  let layout: PackedLayout?
  /// What the tiles of ``Function/attendTile`` must fit in.
  let registers: VectorRegisters

  /// Rows of a tile: 24 sums, 4 keys and the factors fill 32 vector registers of 16 numbers, a quarter of the sums 16
  /// of 8.
  static let tile = 6
  /// Rows that a work-item appends.
  static let appendRun = 16

  init(
    _ entry: Function, _ cache: DeviceCache, _ precision: Precision, headGroup: Int = 1, layout: PackedLayout? = nil,
    registers: VectorRegisters = .wide
  ) {
    self.entry = entry
    self.headGroup = headGroup
    self.layout = layout
    self.registers = registers
    headSize = cache.headSize
    cacheType = precision.cacheType
  }

  /// The same for other heads of a work-item.
  func with(_ headGroup: Int) -> SIMDAttention {
    var kernel = self
    kernel.headGroup = headGroup
    return kernel
  }

  /// The kernel that appends rows, of the same program.
  var appending: SIMDAttention {
    var kernel = self
    kernel.entry = .append
    return kernel
  }

  /// Heads of a work-item of ``Function/attendOne``: all of a row, 16 or little more at the most, where that leaves
  /// each core some work-items; else as few as can be.
  ///
  /// - Parameter quantizes: Whether it quantizes its rows, in whole groups.
  /// - Returns: nil where heads and groups do not fit together.
  static func headGroup(rows: Int, _ cache: DeviceCache, computeUnits: Int, quantizes: Bool) -> Int? {
    headGroups(cache, quantizes: quantizes).map { few, many in
      rows * ((cache.heads + 15) / 16) >= 4 * computeUnits ? many : few
    }
  }

  /// The fewest and the most heads of a work-item.
  static func headGroups(_ cache: DeviceCache, quantizes: Bool) -> (few: Int, many: Int)? {
    let unit = (1...16).first { !quantizes || ($0 * cache.headSize).isMultiple(of: PackedLayout.group) }
    let groups = (cache.heads + 15) / 16
    return unit.map { ($0, roundUp((cache.heads + groups - 1) / groups, to: $0)) }
  }

  var source: KernelSource { entry == .attendTile ? .simdAttentionTiles : .simdAttention }
  var function: String { entry.rawValue }
  var definitions: [(name: String, value: String)] {
    [("D", "\(headSize)"), ("CACHE_TYPE", "\(cacheType.rawValue)"), ("TQ", "\(Self.tile)"), ("HG", "\(headGroup)")]
      + [("RUN", "\(Self.appendRun)")] + (layout.map { $0.definitions + [("QUANTIZES", "1")] } ?? [])
      + (registers == .narrow ? [("HELD", "1")] : [])
  }
}

extension SIMDKernels {
  func attention(
    _ qkv: DeviceActivations, _ cache: DeviceCache, scale: Float, _ rows: DeviceRows, into y: DeviceActivations
  ) throws {
    let (step, slots) = (rows.step, rows.slots)
    let (singles, tall) = rows.areOutputs ? (step.shape.wanted, 0..<0) : (step.shape.singles, step.shape.tall)
    let single = try singleRows(singles.count, cache, quantizes: y.isQuantized && tall.isEmpty)
    if step.shape.needsAppending {
      let runs = (step.shape.rowCount + SIMDAttention.appendRun - 1) / SIMDAttention.appendRun
      try context.launcher.run(
        single.appending, global: NDRange(runs, cache.heads), local: 1,
        Input(qkv.floats), Input(step.rows), Input(slots.pages), Output(cache.keys), Output(cache.values),
        Int32(step.shape.rowCount), Int32(cache.heads), Int32(slots.blocks), Int32(qkv.stride))
    }
    if single.layout != nil {
      try attendOne(singles, single, qkv, cache, rows, scale: scale, into: y)
    } else {
      try withFloats(for: y, rows: rows.count) { y in
        try attendOne(singles, single, qkv, cache, rows, scale: scale, into: y)
        try attendTile(tall, qkv, cache, rows, scale: scale, into: y)
      }
    }
  }

  /// The kernel of so many rows that are alone in their tile.
  ///
  /// - Parameter quantizes: Whether it is to quantize its rows, if heads and groups fit together.
  private func singleRows(_ count: Int, _ cache: DeviceCache, quantizes: Bool) throws -> SIMDAttention {
    let units = context.device.computeUnits
    let group = SIMDAttention.headGroup(rows: count, cache, computeUnits: units, quantizes: quantizes)
    let wanted = SIMDAttention(
      .attendOne, cache, context.precision, headGroup: group ?? 1,
      layout: quantizes && group != nil ? context.layout : nil)
    guard let thrift else { return wanted }
    thrift.know(tiles: SIMDAttention(.attendTile, cache, context.precision, registers: registers))
    let groups = SIMDAttention.headGroups(cache, quantizes: wanted.layout != nil)
    return try thrift.attention(wanted, headGroups: groups.map { [$0.few, $0.many] } ?? [])
  }

  /// Rows that are alone in their tile.
  private func attendOne(
    _ tiles: Range<Int>, _ kernel: SIMDAttention, _ qkv: DeviceActivations, _ cache: DeviceCache, _ rows: DeviceRows,
    scale: Float, into y: DeviceActivations
  ) throws {
    guard !tiles.isEmpty else { return }
    let (step, slots) = (rows.step, rows.slots)
    let groups = (cache.heads + kernel.headGroup - 1) / kernel.headGroup
    try context.launcher.run(
      kernel, global: NDRange(tiles.count, groups), local: 1, Input(qkv.floats),
      Input(step.rows), Input(step.tiles), Input(slots.pages), Input(slots.ended), InputOutput(cache.keys),
      InputOutput(cache.values), OutputRows<Float>(rows: y), OutputRows<UInt32>(rows: y), Int32(tiles.lowerBound),
      Int32(cache.heads), Int32(slots.blocks), Int32(qkv.stride), Int32(y.stride), rows.areOutputs ? 1 : 0 as Int32,
      scale)
  }

  /// Rows of prompts.
  private func attendTile(
    _ tiles: Range<Int>, _ qkv: DeviceActivations, _ cache: DeviceCache, _ rows: DeviceRows, scale: Float,
    into y: DeviceActivations
  ) throws {
    guard !tiles.isEmpty else { return }
    try context.launcher.run(
      SIMDAttention(.attendTile, cache, context.precision, registers: registers),
      global: NDRange(tiles.count, cache.heads), local: 1,
      Input(qkv.floats), Input(rows.step.tiles), Input(rows.slots.pages), Input(cache.keys), Input(cache.values),
      Output(y.floats), Int32(tiles.lowerBound), Int32(cache.heads), Int32(rows.slots.blocks),
      Int32(qkv.stride), Int32(y.stride), scale)
  }
}
