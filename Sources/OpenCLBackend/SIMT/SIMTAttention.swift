internal import Backend
internal import Kernels
internal import OpenCL

/// The kernels of simt/attention.cl, simt/attention_tiles.cl, simt/attention_mma.cl and simt/attention_mma_row.cl.
struct SIMTAttention: KernelDescriptor {
  enum Function: Hashable {
    case append
    /// Of single rows.
    case attend
    /// Of the rows of a tile together.
    case attendTile
    /// The same on tensor cores.
    case attendOnTensorCores(DotUnit, pages: Int)
    case attendTileOnTensorCores(DotUnit)
  }

  let entry: Function
  let headSize: Int
  let cacheType: StoredType

  /// The most rows of a tile.
  static let tallTile = 16
  /// Pages that a work-group of tensor cores takes at a time.
  private static let warps = 4
  /// The largest head of which there is local memory for a tile's rows together.
  private static let largestOfTiles = 128

  init(_ entry: Function, _ cache: DeviceCache, _ precision: Precision) {
    self.entry = entry
    headSize = cache.headSize
    cacheType = precision.cacheType
  }

  /// The kernel for `count` tiles of so many rows at the most. Of one unit, all have the same numbers.
  init(height: Int, count: Int, _ cache: DeviceCache, _ precision: Precision, _ unit: DotUnit, computeUnits: Int) {
    let fits = cache.headSize <= Self.largestOfTiles
    let entry: Function =
      if fits, unit.attends, precision.cacheType == .f16 {
        height > 1
          ? .attendTileOnTensorCores(unit)
          // Of rows that fill the device smaller work-groups, of which more share a unit.
          : .attendOnTensorCores(unit, pages: count * cache.heads > computeUnits ? 1 : 2)
      } else {
        height > 1 && fits ? .attendTile : .attend
      }
    self.init(entry, cache, precision)
  }

  /// A kernel of tensor cores.
  init(_ entry: Function, headSize: Int) {
    (self.entry, self.headSize, cacheType) = (entry, headSize, .f16)
  }

  /// The most rows of a work-group.
  var rows: Int {
    switch entry {
    case .append, .attend, .attendOnTensorCores: 1
    case .attendTile, .attendTileOnTensorCores: Self.tallTile
    }
  }
  /// Work-items of a work-group.
  var groupSize: Int {
    switch entry {
    case .append, .attend: 64
    case .attendTile: 128
    case .attendOnTensorCores(_, let pages): 128 * pages
    case .attendTileOnTensorCores: 32 * Self.warps
    }
  }
  /// Pages that a work-group takes at a time.
  var pages: Int {
    switch entry {
    case .append, .attend, .attendTile: 1
    case .attendOnTensorCores(_, let pages): pages
    case .attendTileOnTensorCores: Self.warps
    }
  }

  /// Runs of 16 bytes of a head's keys: RUNS.
  var runs: Int {
    let run = cacheType == .f16 ? 8 : 4
    return (headSize + run - 1) / run
  }

  var source: KernelSource {
    switch entry {
    case .append, .attend: .simtAttention
    case .attendTile: .simtAttentionTiles
    case .attendOnTensorCores: .simtAttentionMMARow
    case .attendTileOnTensorCores: .simtAttentionMMA
    }
  }
  var function: String { entry == .append ? "append" : "attend" }
  /// So few that three work-groups of 128 items share a unit of NVIDIA's, of 65,536: left alone, its assembler takes four
  /// more for heads of 64. Larger ones need more.
  var registers: Int {
    guard case .attendOnTensorCores(_, pages: 1) = entry, runs <= 8 else { return 0 }
    return 168
  }
  var definitions: [(name: String, value: String)] {
    let head = [("D", "\(headSize)"), ("CACHE_TYPE", "\(cacheType.rawValue)")]
    return switch entry {
    case .append, .attend: head
    case .attendTile: head + [("TQ", "\(Self.tallTile)")]
    case .attendOnTensorCores(let unit, let pages):
      head + [("WEIGHT_TYPE", "\(StoredType.f16.rawValue)"), ("PAGES", "\(pages)")] + unit.definitions
    case .attendTileOnTensorCores(let unit):
      head + [("WEIGHT_TYPE", "\(StoredType.f16.rawValue)"), ("TQ", "\(Self.tallTile)"), ("WARPS", "\(Self.warps)")]
        + unit.definitions
    }
  }
}

/// How the pages of a context are divided among work-groups: no number depends on it.
struct SIMTChunks: Hashable {
  /// Pages of a work-group.
  let pagesEach: Int
  let count: Int

  /// - Parameters:
  ///   - groups: Work-groups, where each takes all pages.
  ///   - wanted: Work-groups that keep the device busy.
  ///   - together: Pages that a work-group takes at a time.
  init(pages: Int, groups: Int, wanted: Int, together: Int = 1) {
    let most = min(pages, max(1, wanted / max(1, groups)))
    pagesEach = roundUp(max(1, (pages + most - 1) / max(1, most)), to: together)
    count = max(1, (pages + pagesEach - 1) / pagesEach)
  }
}

extension SIMTChunks {
  /// Work-groups of a compute unit, the usual first: each is two warps, that wait for memory most of the time.
  private static let groupsPerUnit = [4, 1, 2, 8, 16]

  /// What there is to choose.
  static var space: TuningSpace {
    TuningSpace(usual: TuningChoice([.groups: groupsPerUnit[0]]), [.groups: groupsPerUnit])
  }

  /// Work-groups that keep a device busy.
  static func wanted(_ choice: TuningChoice?, computeUnits: Int) -> Int {
    (choice?[.groups] ?? groupsPerUnit[0]) * computeUnits
  }
}

extension SIMTKernels {
  /// Work-items of a work-group that appends, at the most.
  private static var appendingItems: Int { 256 }

  func attention(
    _ qkv: DeviceActivations, _ cache: DeviceCache, scale: Float, _ rows: DeviceRows, into y: DeviceActivations
  ) throws {
    let (shape, slots) = (rows.shape, rows.slots)
    if shape.needsAppending {
      let kernel = SIMTAttention(.append, cache, context.precision)
      // As many heads of a row as a usual work-group has items for.
      let runs = kernel.runs, most = min(Self.appendingItems, context.device.maxWorkGroupSize) / runs
      let heads = (1...max(1, most)).last { cache.heads.isMultiple(of: $0) } ?? 1
      try context.launcher.run(
        kernel, global: NDRange(runs, cache.heads, shape.rowCount),
        local: runs * heads <= context.device.maxWorkGroupSize ? NDRange(runs, heads) : NDRange(1),
        Input(qkv.floats), Input(rows.step.rows), Input(slots.pages), Output(cache.keys), Output(cache.values),
        Int32(cache.heads), Int32(slots.blocks), Int32(qkv.stride))
    }
    if rows.areOutputs {
      try attend(shape.wanted, height: 1, qkv, cache, rows, scale: scale, into: y)
    } else {
      try attend(shape.singles, height: 1, qkv, cache, rows, scale: scale, into: y)
      try attend(shape.tall, height: SIMTAttention.tallTile, qkv, cache, rows, scale: scale, into: y)
    }
  }

  /// Attention of the rows of tiles of at most `height` rows.
  private func attend(
    _ tiles: Range<Int>, height: Int, _ qkv: DeviceActivations, _ cache: DeviceCache, _ rows: DeviceRows, scale: Float,
    into y: DeviceActivations
  ) throws {
    guard !tiles.isEmpty else { return }
    let (step, slots) = (rows.step, rows.slots)
    let kernel = SIMTAttention(
      height: height, count: tiles.count, cache, context.precision, context.unit,
      computeUnits: context.device.computeUnits)
    let (across, size) = (tiles.count * (height / kernel.rows), kernel.groupSize)
    let operation = TunedOperation.attention(
      rows: TunedOperation.bucket(across), heads: cache.heads, headSize: cache.headSize)
    let wanted =
      attentionGroups
      ?? SIMTChunks.wanted(
        height == 1 ? context.tuning[operation] : nil, computeUnits: context.device.computeUnits)
    let chunks = SIMTChunks(
      pages: step.shape.pages, groups: across * cache.heads, wanted: wanted, together: kernel.pages)
    let foundRows = chunks.count > 1 ? across * kernel.rows * cache.heads * chunks.count * chunks.pagesEach : 0
    let found = try foundInPages.room(rows: foundRows, stride: cache.headSize + 2)
    let arrivals = try self.arrivals.room(rows: chunks.count > 1 ? across : 0, stride: cache.heads)
    let global = NDRange(size * chunks.count, cache.heads, across)
    let (first, heads, blocks) = (Int32(tiles.lowerBound), Int32(cache.heads), Int32(slots.blocks))
    let (each, qkvStride, yStride) = (Int32(chunks.pagesEach), Int32(qkv.stride), Int32(y.stride))
    let isCompact: Int32 = rows.areOutputs ? 1 : 0
    switch kernel.entry {
    case .append: break
    case .attendTile, .attendTileOnTensorCores:
      try context.launcher.run(
        kernel, global: global, local: NDRange(size), Input(qkv.floats), Input(step.tiles), Input(slots.pages),
        Input(cache.keys), Input(cache.values), InputOutput(found), InputOutput(arrivals), Output(y.floats),
        first, heads, blocks, each, qkvStride, yStride, scale)
    case .attend:
      try context.launcher.run(
        kernel, global: global, local: NDRange(size), Input(qkv.floats), Input(step.rows), Input(step.tiles),
        Input(slots.pages), Input(slots.ended), InputOutput(cache.keys), InputOutput(cache.values), InputOutput(found),
        InputOutput(arrivals), Output(y.floats), first, Int32(height), heads, blocks, each, qkvStride, yStride,
        isCompact, scale)
    case .attendOnTensorCores:
      // So few work-groups that most units are idle: others ask for the next products' weights.
      let layer = cache.heads * chunks.count, idle = context.device.computeUnits - layer * across
      let others = rows.areOutputs || idle <= 0 ? 0 : (idle + layer - 1) / layer
      let ahead = others > 0 ? lastWeights.map(stream.ahead) : nil
      let (firstAhead, countAhead) = (ahead?.first ?? 0, ahead?.count ?? 0)
      try context.launcher.run(
        kernel, global: NDRange(size * chunks.count, cache.heads, across + (countAhead > 0 ? others : 0)),
        local: NDRange(size), Input(qkv.floats), Input(step.rows), Input(step.tiles), Input(slots.pages),
        Input(slots.ended), InputOutput(cache.keys), InputOutput(cache.values), InputOutput(found),
        InputOutput(arrivals), Input(ahead?.weights ?? cache.keys), Output(y.floats), first, Int32(across), heads,
        blocks, each, qkvStride, yStride, isCompact, scale, firstAhead, countAhead)
    }
  }
}
