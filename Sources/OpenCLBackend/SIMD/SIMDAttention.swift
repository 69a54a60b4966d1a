internal import Backend
internal import Kernels
internal import OpenCL

/// The kernels of simd/attention.cl.
struct SIMDAttention: KernelDescriptor {
  enum Function: String {
    case append
    /// For rows that are alone in their slot.
    case attendOne = "attend_one"
    /// For rows of a prompt.
    case attendTile = "attend_tile"
  }

  let entry: Function
  let headSize: Int
  /// Heads of a work-item of ``Function/attendOne``.
  let headGroup: Int
  let cacheType: StoredType
  /// How ``Function/attendOne`` quantizes its rows; nil where it leaves them in fp32.
  let layout: PackedLayout?

  /// Rows of a tile: 24 sums, 4 keys and the factors fill 32 vector registers.
  static let tile = 6
  /// Rows that a work-item appends.
  static let appendRun = 16

  init(
    _ entry: Function, _ cache: DeviceCache, _ precision: Precision, headGroup: Int = 1, layout: PackedLayout? = nil
  ) {
    self.entry = entry
    self.headGroup = headGroup
    self.layout = layout
    headSize = cache.headSize
    cacheType = precision.cacheType
  }

  /// Heads of a work-item of ``Function/attendOne``: all of a row, 16 or little more at the most, where that leaves
  /// each core some work-items; else as few as can be.
  ///
  /// - Parameter quantizes: Whether it quantizes its rows, in whole groups.
  /// - Returns: nil where heads and groups do not fit together.
  static func headGroup(rows: Int, _ cache: DeviceCache, computeUnits: Int, quantizes: Bool) -> Int? {
    let heads = cache.heads
    let unit = (1...16).first { !quantizes || ($0 * cache.headSize).isMultiple(of: PackedLayout.group) }
    guard let unit else { return nil }
    let groups = (heads + 15) / 16
    return rows * groups >= 4 * computeUnits ? roundUp((heads + groups - 1) / groups, to: unit) : unit
  }

  var source: KernelSource { .simdAttention }
  var function: String { entry.rawValue }
  var definitions: [(name: String, value: String)] {
    [("D", "\(headSize)"), ("CACHE_TYPE", "\(cacheType.rawValue)"), ("TQ", "\(Self.tile)"), ("HG", "\(headGroup)")]
      + [("RUN", "\(Self.appendRun)")] + (layout.map { $0.definitions + [("QUANTIZES", "1")] } ?? [])
  }
}

extension SIMDKernels {
  func attention(
    _ qkv: DeviceActivations, _ cache: DeviceCache, scale: Float, _ rows: DeviceRows, into y: DeviceActivations
  ) throws {
    let (step, slots) = (rows.step, rows.slots)
    if step.shape.needsAppending {
      let runs = (step.shape.rowCount + SIMDAttention.appendRun - 1) / SIMDAttention.appendRun
      try context.launcher.run(
        SIMDAttention(.append, cache, context.precision), global: NDRange(runs, cache.heads), local: 1,
        Input(qkv.floats), Input(step.rows), Input(slots.pages), Output(cache.keys), Output(cache.values),
        Int32(step.shape.rowCount), Int32(cache.heads), Int32(slots.blocks), Int32(qkv.stride))
    }
    let (singles, tall) = rows.areOutputs ? (step.shape.wanted, 0..<0) : (step.shape.singles, step.shape.tall)
    let group = SIMDAttention.headGroup(
      rows: singles.count, cache, computeUnits: context.device.computeUnits, quantizes: y.isQuantized && tall.isEmpty)
    if let group, y.isQuantized, tall.isEmpty {
      try attendOne(singles, qkv, cache, rows, scale: scale, group: group, into: y)
    } else {
      try withFloats(for: y, rows: rows.count) { y in
        try attendOne(singles, qkv, cache, rows, scale: scale, group: group ?? 1, into: y)
        try attendTile(tall, qkv, cache, rows, scale: scale, into: y)
      }
    }
  }

  /// Rows that are alone in their tile.
  private func attendOne(
    _ tiles: Range<Int>, _ qkv: DeviceActivations, _ cache: DeviceCache, _ rows: DeviceRows, scale: Float, group: Int,
    into y: DeviceActivations
  ) throws {
    guard !tiles.isEmpty else { return }
    let (step, slots) = (rows.step, rows.slots)
    let kernel = SIMDAttention(
      .attendOne, cache, context.precision, headGroup: group, layout: y.isQuantized ? context.layout : nil)
    try context.launcher.run(
      kernel, global: NDRange(tiles.count, (cache.heads + group - 1) / group), local: 1, Input(qkv.floats),
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
      SIMDAttention(.attendTile, cache, context.precision), global: NDRange(tiles.count, cache.heads), local: 1,
      Input(qkv.floats), Input(rows.step.tiles), Input(rows.slots.pages), Input(cache.keys), Input(cache.values),
      Output(y.floats), Int32(tiles.lowerBound), Int32(cache.heads), Int32(rows.slots.blocks),
      Int32(qkv.stride), Int32(y.stride), scale)
  }
}
