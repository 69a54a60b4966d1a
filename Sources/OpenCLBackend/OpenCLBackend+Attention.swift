internal import Backend
internal import Kernels
internal import OpenCL

/// Keys and values of one layer, on the device.
package struct DeviceCache {
  /// (pages, H, 64, D) in the family's order of elements.
  let keys: Buffer<Stored>
  /// (pages, H, 64, D), in the simd family with D rounded up to 16.
  let values: Buffer<Stored>
  let pages: Int
  let heads: Int
  let headSize: Int
}

extension OpenCLBackend {
  /// The elements that a position's values take: whole vectors, where a work-item reads them so.
  private func valueWidth(_ headSize: Int) -> Int { family == .simd ? roundUp(headSize, to: 16) : headSize }

  /// 16-bit units of a page whose positions have `width` elements a head.
  private func pageUnits(heads: Int, width: Int) -> Int {
    heads * KeyValuePage.length * width * precision.cacheBitWidth / (8 * MemoryLayout<Stored>.stride)
  }

  /// Bytes that a page takes in the larger of two buffers.
  package func pageByteCount(heads: Int, headSize: Int) -> Int {
    pageUnits(heads: heads, width: valueWidth(headSize)) * MemoryLayout<Stored>.stride
  }

  /// Room for keys and values.
  package func cache(pages: Int, heads: Int, headSize: Int) throws -> DeviceCache {
    func buffer(_ width: Int) throws -> Buffer<Stored> {
      try Buffer(queue.context, count: pages * pageUnits(heads: heads, width: width))
    }
    return DeviceCache(
      keys: try buffer(headSize), values: try buffer(valueWidth(headSize)), pages: pages, heads: heads,
      headSize: headSize)
  }

  /// Copies a page to others.
  package func copy(_ cache: DeviceCache, page: Int32, to pages: [Int32]) throws {
    for buffer in [cache.keys, cache.values] {
      let units = buffer.count / cache.pages
      for target in pages {
        try queue.copy(from: buffer, at: Int(page) * units, to: buffer, at: Int(target) * units, count: units)
      }
    }
  }

  /// Puts the rows' keys and values into the cache, then y[m] = the causal attention of row m.
  package func attention(
    _ qkv: DeviceActivations, _ cache: DeviceCache, scale: Float, into y: DeviceActivations
  ) throws {
    guard let slots else { return }
    switch family {
    case .simd: try attendInVectors(qkv, cache, slots, scale: scale, into: y)
    case .simt:
      guard step.isNarrow else { return try attendInGroups(qkv, cache, slots, scale: scale, into: y) }
      let all = DeviceActivations(
        buffer: try attended.room(rows: step.shape.rowCount, stride: y.stride), operand: y.operand, operandStride: 0,
        columns: y.columns)
      try attendInGroups(qkv, cache, slots, scale: scale, into: all)
      try gather(all, into: y)
    }
  }

  private func attendInVectors(
    _ qkv: DeviceActivations, _ cache: DeviceCache, _ slots: DeviceSlots, scale: Float, into y: DeviceActivations
  ) throws {
    if step.shape.needsAppending {
      let runs = (step.shape.rowCount + AttentionKernel.appendRun - 1) / AttentionKernel.appendRun
      try launcher.run(
        AttentionKernel(.append, family, cache, precision), global: NDRange(runs, cache.heads), local: 1,
        Input(qkv.buffer), Input(step.rows), Input(slots.pages), Output(cache.keys), Output(cache.values),
        Int32(step.shape.rowCount), Int32(cache.heads), Int32(slots.blocks), Int32(qkv.stride))
    }
    let (singles, tall) = step.isNarrow ? (step.shape.wanted, 0..<0) : (step.shape.singles, step.shape.tall)
    let group = AttentionKernel.headGroup(
      rows: singles.count, cache, computeUnits: device.computeUnits, rounds: y.isOperand && tall.isEmpty)
    if let group, y.isOperand, tall.isEmpty {
      try attendOne(singles, qkv, cache, slots, scale: scale, group: group, into: y)
    } else {
      try withFloats(for: y, rows: step.activeCount) { y in
        try attendOne(singles, qkv, cache, slots, scale: scale, group: group ?? 1, into: y)
        try attendTile(tall, qkv, cache, slots, scale: scale, into: y)
      }
    }
  }

  /// Rows that are alone in their tile, in the simd family.
  private func attendOne(
    _ tiles: Range<Int>, _ qkv: DeviceActivations, _ cache: DeviceCache, _ slots: DeviceSlots, scale: Float, group: Int,
    into y: DeviceActivations
  ) throws {
    guard !tiles.isEmpty else { return }
    let kernel = AttentionKernel(
      .attendOne, family, cache, precision, headGroup: group, layout: y.isOperand ? layout : nil)
    try launcher.run(
      kernel, global: NDRange(tiles.count, (cache.heads + group - 1) / group), local: 1, Input(qkv.buffer),
      Input(step.rows), Input(step.tiles), Input(slots.pages), Input(slots.ended), InputOutput(cache.keys),
      InputOutput(cache.values), Output(y.buffer), Output(y.operand), Int32(tiles.lowerBound), Int32(cache.heads),
      Int32(slots.blocks), Int32(qkv.stride), Int32(y.isOperand ? y.operandStride : y.stride),
      step.isNarrow ? 1 : 0 as Int32, scale)
  }

  /// Rows of prompts, in the simd family.
  private func attendTile(
    _ tiles: Range<Int>, _ qkv: DeviceActivations, _ cache: DeviceCache, _ slots: DeviceSlots, scale: Float,
    into y: DeviceActivations
  ) throws {
    guard !tiles.isEmpty else { return }
    try launcher.run(
      AttentionKernel(.attendTile, family, cache, precision), global: NDRange(tiles.count, cache.heads), local: 1,
      Input(qkv.buffer), Input(step.tiles), Input(slots.pages), Input(cache.keys), Input(cache.values),
      Output(y.buffer), Int32(tiles.lowerBound), Int32(cache.heads), Int32(slots.blocks), Int32(qkv.stride),
      Int32(y.stride), scale)
  }

  private func attendInGroups(
    _ qkv: DeviceActivations, _ cache: DeviceCache, _ slots: DeviceSlots, scale: Float, into y: DeviceActivations
  ) throws {
    let (heads, blocks, rows) = (Int32(cache.heads), Int32(slots.blocks), step.shape.rowCount)
    let perChannel = (global: NDRange(cache.headSize, cache.heads, rows), local: NDRange(cache.headSize))
    if step.shape.needsAppending {
      try launcher.run(
        AttentionKernel(.append, family, cache, precision), global: perChannel.global, local: perChannel.local,
        Input(qkv.buffer), Input(step.rows), Input(slots.pages), Output(cache.keys), Output(cache.values), heads,
        blocks, Int32(qkv.stride))
    }
    let chunks = step.shape.chunks
    let partial = try partialAttention.room(
      rows: chunks > 1 ? rows * cache.heads * chunks : 0, stride: cache.headSize + 2)
    for (tiles, height) in [(step.shape.singles, 1), (step.shape.tall, AttentionKernel.tallTile)] where !tiles.isEmpty {
      let kernel = AttentionKernel(.attend, family, cache, precision, tile: height)
      let group = kernel.groupSize
      try launcher.run(
        kernel, global: NDRange(group * chunks, cache.heads, tiles.count * (height / kernel.rows)),
        local: NDRange(group), Input(qkv.buffer), Input(step.rows), Input(step.tiles), Input(slots.pages),
        Input(slots.ended), InputOutput(cache.keys), InputOutput(cache.values), Output(partial), Output(y.buffer),
        Int32(tiles.lowerBound), heads, blocks, Int32(qkv.stride), Int32(y.stride), scale)
    }
    guard chunks > 1 else { return }
    try launcher.run(
      AttentionKernel(.combine, family, cache, precision), global: perChannel.global, local: perChannel.local,
      Input(partial), Input(step.rows), Input(slots.ended), Output(y.buffer), heads, Int32(chunks), Int32(y.stride))
  }
}

/// The kernels of simd/attention.cl and simt/attention.cl.
struct AttentionKernel: KernelDescriptor {
  enum Function: String {
    case append
    /// Of the simt family, for all rows.
    case attend
    /// Of the simt family, for rows of several chunks of the context.
    case combine
    /// Of the simd family, for rows that are alone in their slot.
    case attendOne = "attend_one"
    /// Of the simd family, for rows of a prompt.
    case attendTile = "attend_tile"
  }

  let entry: Function
  let family: KernelFamily
  let headSize: Int
  /// Heads of a work-item of ``Function/attendOne``.
  let headGroup: Int
  let cacheType: StoredType
  /// The most rows of a tile, in the simt family.
  let tile: Int
  /// How the operands are laid out that ``Function/attendOne`` makes of its rows; nil where it leaves them in fp32.
  let layout: PackedLayout?

  /// Rows of a tile of several, in the simt family.
  static let tallTile = 16
  /// Positions that a work-group of the simt family takes: sums depend on it, so it is the same for all rows.
  static let chunk = 256
  /// Rows of a tile: in the simd family, 24 sums, 4 keys and what is multiplied fill 32 vector registers.
  static func tileHeight(_ family: KernelFamily) -> Int { family == .simd ? 6 : tallTile }
  /// Rows that a work-item of the simd family appends.
  static let appendRun = 16

  init(
    _ entry: Function, _ family: KernelFamily, _ cache: DeviceCache, _ precision: Precision, headGroup: Int = 1,
    tile: Int = 1, layout: PackedLayout? = nil
  ) {
    self.entry = entry
    self.family = family
    self.headGroup = headGroup
    self.tile = tile
    self.layout = layout
    headSize = cache.headSize
    cacheType = precision.cacheBitWidth == 32 ? .f32 : .f16
  }

  /// Rows of a work-group of ``Function/attend``: as many as there is local memory for.
  var rows: Int { headSize <= 128 ? tile : 1 }
  /// Work-items of a work-group of ``Function/attend``.
  var groupSize: Int { rows == 1 ? 64 : 128 }

  /// Heads of a work-item of ``Function/attendOne``: all of a row, 16 or little more at the most, where that leaves each
  /// core some work-items; else as few as can be.
  ///
  /// - Parameter rounds: Whether it makes operands, in whole groups.
  /// - Returns: nil where heads and groups do not fit together.
  static func headGroup(rows: Int, _ cache: DeviceCache, computeUnits: Int, rounds: Bool) -> Int? {
    let heads = cache.heads
    let unit = (1...16).first { !rounds || ($0 * cache.headSize).isMultiple(of: PackedLayout.group) }
    guard let unit else { return nil }
    let groups = (heads + 15) / 16
    return rows * groups >= 4 * computeUnits ? roundUp((heads + groups - 1) / groups, to: unit) : unit
  }

  var source: KernelSource { family == .simd ? .simdAttention : .simtAttention }
  var function: String { entry.rawValue }
  var definitions: [(name: String, value: String)] {
    let definitions = [("D", "\(headSize)"), ("CACHE_TYPE", "\(cacheType.rawValue)")]
    return switch family {
    case .simd:
      definitions + [("TQ", "\(Self.tileHeight(family))"), ("HG", "\(headGroup)"), ("RUN", "\(Self.appendRun)")]
        + (layout.map { $0.definitions + [("QUANTIZES", "1")] } ?? [])
    case .simt: definitions + [("TQ", "\(rows)"), ("TILE", "\(tile)"), ("CHUNK", "\(Self.chunk)")]
    }
  }
}
