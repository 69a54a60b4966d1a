internal import Backend
internal import Kernels
internal import OpenCL

/// The kernels of simt/attention.cl and simt/attention_tiles.cl.
struct SIMTAttention: KernelDescriptor {
  enum Function {
    case append
    /// Of single rows.
    case attend
    /// Of the rows of a tile together.
    case attendTile
  }

  let entry: Function
  let headSize: Int
  let cacheType: StoredType

  /// The most rows of a tile.
  static let tallTile = 16
  /// The largest head of which there is local memory for a tile's rows together.
  private static let largestOfTiles = 128

  init(_ entry: Function, _ cache: DeviceCache, _ precision: Precision) {
    self.entry = entry
    headSize = cache.headSize
    cacheType = precision.cacheType
  }

  /// The kernel for tiles of so many rows at the most.
  init(height: Int, _ cache: DeviceCache, _ precision: Precision) {
    let takesTiles = height > 1 && cache.headSize <= Self.largestOfTiles
    self.init(takesTiles ? .attendTile : .attend, cache, precision)
  }

  /// The most rows of a work-group.
  var rows: Int { entry == .attendTile ? Self.tallTile : 1 }
  /// Work-items of a work-group.
  var groupSize: Int { entry == .attendTile ? 128 : 64 }

  var source: KernelSource { entry == .attendTile ? .simtAttentionTiles : .simtAttention }
  var function: String { entry == .append ? "append" : "attend" }
  var definitions: [(name: String, value: String)] {
    [("D", "\(headSize)"), ("CACHE_TYPE", "\(cacheType.rawValue)")]
      + (entry == .attendTile ? [("TQ", "\(Self.tallTile)")] : [])
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
  init(pages: Int, groups: Int, wanted: Int) {
    let most = min(pages, max(1, wanted / max(1, groups)))
    pagesEach = max(1, (pages + most - 1) / max(1, most))
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
  func attention(
    _ qkv: DeviceActivations, _ cache: DeviceCache, scale: Float, _ rows: DeviceRows, into y: DeviceActivations
  ) throws {
    let (shape, slots) = (rows.shape, rows.slots)
    if shape.needsAppending {
      try context.launcher.run(
        SIMTAttention(.append, cache, context.precision),
        global: NDRange(cache.headSize, cache.heads, shape.rowCount), local: NDRange(cache.headSize),
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
    let kernel = SIMTAttention(height: height, cache, context.precision)
    let (across, size) = (tiles.count * (height / kernel.rows), kernel.groupSize)
    let operation = TunedOperation.attention(
      rows: TunedOperation.bucket(across), heads: cache.heads, headSize: cache.headSize)
    let wanted =
      attentionGroups
      ?? SIMTChunks.wanted(
        height == 1 ? context.tuning[operation] : nil, computeUnits: context.device.computeUnits)
    let chunks = SIMTChunks(pages: step.shape.pages, groups: across * cache.heads, wanted: wanted)
    let foundRows = chunks.count > 1 ? across * kernel.rows * cache.heads * chunks.count * chunks.pagesEach : 0
    let found = try foundInPages.room(rows: foundRows, stride: cache.headSize + 2)
    let arrivals = try self.arrivals.room(rows: chunks.count > 1 ? across : 0, stride: cache.heads)
    let global = NDRange(size * chunks.count, cache.heads, across)
    guard kernel.entry == .attend else {
      return try context.launcher.run(
        kernel, global: global, local: NDRange(size), Input(qkv.floats), Input(step.tiles), Input(slots.pages),
        Input(cache.keys), Input(cache.values), InputOutput(found), InputOutput(arrivals), Output(y.floats),
        Int32(tiles.lowerBound), Int32(cache.heads), Int32(slots.blocks), Int32(chunks.pagesEach), Int32(qkv.stride),
        Int32(y.stride), scale)
    }
    try context.launcher.run(
      kernel, global: global, local: NDRange(size), Input(qkv.floats), Input(step.rows), Input(step.tiles),
      Input(slots.pages), Input(slots.ended), InputOutput(cache.keys), InputOutput(cache.values), InputOutput(found),
      InputOutput(arrivals), Output(y.floats), Int32(tiles.lowerBound), Int32(height), Int32(cache.heads),
      Int32(slots.blocks), Int32(chunks.pagesEach), Int32(qkv.stride), Int32(y.stride),
      rows.areOutputs ? 1 : 0 as Int32, scale)
  }
}
