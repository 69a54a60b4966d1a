internal import Backend
internal import Kernels
internal import OpenCL

/// The kernels of simt/attention.cl.
struct SIMTAttention: KernelDescriptor {
  enum Function: String {
    case append
    case attend
    /// For rows of several chunks of the context.
    case combine
  }

  let entry: Function
  let headSize: Int
  let cacheType: StoredType
  /// The most rows of a tile.
  let tile: Int

  /// Rows of a tile of several.
  static let tallTile = 16

  init(_ entry: Function, _ cache: DeviceCache, _ precision: Precision, tile: Int = 1) {
    self.entry = entry
    self.tile = tile
    headSize = cache.headSize
    cacheType = precision.cacheType
  }

  /// Rows of a work-group of ``Function/attend``: as many as there is local memory for.
  var rows: Int { headSize <= 128 ? tile : 1 }
  /// Work-items of a work-group of ``Function/attend``.
  var groupSize: Int { rows == 1 ? 64 : 128 }

  var source: KernelSource { .simtAttention }
  var function: String { entry.rawValue }
  var definitions: [(name: String, value: String)] {
    [("D", "\(headSize)"), ("CACHE_TYPE", "\(cacheType.rawValue)"), ("TQ", "\(rows)"), ("TILE", "\(tile)")]
      + [("CHUNK", "\(StepRows.chunk)")]
  }
}

extension SIMTKernels {
  func attention(
    _ qkv: DeviceActivations, _ cache: DeviceCache, scale: Float, _ rows: DeviceRows, into y: DeviceActivations
  ) throws {
    guard rows.areOutputs else { return try attendAll(qkv, cache, rows, scale: scale, into: y) }
    let room = try attended.room(rows: rows.shape.rowCount, stride: y.stride)
    let all = DeviceActivations(.floats(room), columns: y.columns)
    try attendAll(qkv, cache, rows, scale: scale, into: all)
    try context.gather(all, rows, into: y)
  }

  private func attendAll(
    _ qkv: DeviceActivations, _ cache: DeviceCache, _ rows: DeviceRows, scale: Float, into y: DeviceActivations
  ) throws {
    let (launcher, precision) = (context.launcher, context.precision)
    let (step, slots) = (rows.step, rows.slots)
    let (heads, blocks, count) = (Int32(cache.heads), Int32(slots.blocks), step.shape.rowCount)
    let perChannel = (global: NDRange(cache.headSize, cache.heads, count), local: NDRange(cache.headSize))
    if step.shape.needsAppending {
      try launcher.run(
        SIMTAttention(.append, cache, precision), global: perChannel.global, local: perChannel.local,
        Input(qkv.floats), Input(step.rows), Input(slots.pages), Output(cache.keys), Output(cache.values), heads,
        blocks, Int32(qkv.stride))
    }
    let chunks = step.shape.chunks
    let partial = try partialAttention.room(
      rows: chunks > 1 ? count * cache.heads * chunks : 0, stride: cache.headSize + 2)
    for (tiles, height) in [(step.shape.singles, 1), (step.shape.tall, SIMTAttention.tallTile)] where !tiles.isEmpty {
      let kernel = SIMTAttention(.attend, cache, precision, tile: height)
      let group = kernel.groupSize
      try launcher.run(
        kernel, global: NDRange(group * chunks, cache.heads, tiles.count * (height / kernel.rows)),
        local: NDRange(group), Input(qkv.floats), Input(step.rows), Input(step.tiles), Input(slots.pages),
        Input(slots.ended), InputOutput(cache.keys), InputOutput(cache.values), Output(partial), Output(y.floats),
        Int32(tiles.lowerBound), heads, blocks, Int32(qkv.stride), Int32(y.stride), scale)
    }
    guard chunks > 1 else { return }
    try launcher.run(
      SIMTAttention(.combine, cache, precision), global: perChannel.global, local: perChannel.local, Input(partial),
      Input(step.rows), Input(slots.ended), Output(y.floats), heads, Int32(chunks), Int32(y.stride))
  }
}
