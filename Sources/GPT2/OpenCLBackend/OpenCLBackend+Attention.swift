internal import Kernels
internal import OpenCL

/// Keys and values of one layer, on the device.
public struct DeviceCache {
  /// (pages, H, 64, D) in the family's order of elements.
  let keys: Buffer<Stored>
  /// (pages, H, 64, D), in the panel family with D rounded up to 16.
  let values: Buffer<Stored>
  let pages: Int
  let heads: Int
  let headSize: Int
}

extension OpenCLBackend {
  /// The elements that a position's values take: whole vectors, where a work-item reads them so.
  private func valueWidth(_ headSize: Int) -> Int { family == .panel ? roundUp(headSize, to: 16) : headSize }

  /// 16-bit units of a page whose positions have `width` elements a head.
  private func pageUnits(heads: Int, width: Int) -> Int {
    heads * KeyValuePage.length * width * precision.cacheBitWidth / (8 * MemoryLayout<Stored>.stride)
  }

  /// Bytes that a page takes in the larger of two buffers.
  public func pageByteCount(heads: Int, headSize: Int) -> Int {
    pageUnits(heads: heads, width: valueWidth(headSize)) * MemoryLayout<Stored>.stride
  }

  /// Room for keys and values.
  public func cache(pages: Int, heads: Int, headSize: Int) throws -> DeviceCache {
    func buffer(_ width: Int) throws -> Buffer<Stored> {
      try Buffer(queue.context, count: pages * pageUnits(heads: heads, width: width))
    }
    return DeviceCache(
      keys: try buffer(headSize), values: try buffer(valueWidth(headSize)), pages: pages, heads: heads,
      headSize: headSize)
  }

  /// Copies a page to others.
  public func copy(_ cache: DeviceCache, page: Int32, to pages: [Int32]) throws {
    for buffer in [cache.keys, cache.values] {
      let units = buffer.count / cache.pages
      for target in pages {
        try queue.copy(from: buffer, at: Int(page) * units, to: buffer, at: Int(target) * units, count: units)
      }
    }
  }

  /// Puts the rows' keys and values into the cache, then y[m] = the causal attention of row m.
  public func attention(
    _ qkv: DeviceActivations, _ cache: DeviceCache, scale: Float, into y: DeviceActivations
  ) throws {
    guard let slots else { return }
    let (heads, blocks) = (Int32(cache.heads), Int32(slots.blocks))
    switch family {
    case .panel:
      let append = AttentionKernel(.append, family, cache, precision)
      try launcher.run(
        append, global: NDRange(step.rowCount, cache.heads), local: 1, Input(qkv.buffer), Input(step.rows),
        Input(slots.pages), Output(cache.keys), Output(cache.values), heads, blocks, Int32(qkv.stride))
      for run in step.tileRuns {
        let attend = AttentionKernel(.attend, family, cache, precision, tileHeight: run.height)
        try launcher.run(
          attend, global: NDRange(run.tiles.count, cache.heads), local: 1, Input(qkv.buffer), Input(step.rows),
          Input(step.tiles), Input(slots.pages), Input(slots.ended), Input(cache.keys), Input(cache.values),
          Output(y.buffer), Int32(run.tiles.lowerBound), heads, blocks, Int32(qkv.stride), Int32(y.stride), scale)
      }
    case .workgroup:
      let group = AttentionKernel.groupSize
      try launcher.run(
        AttentionKernel(.append, family, cache, precision),
        global: NDRange(cache.headSize, cache.heads, step.rowCount), local: NDRange(cache.headSize),
        Input(qkv.buffer), Input(step.rows), Input(slots.pages), Output(cache.keys), Output(cache.values), heads,
        blocks, Int32(qkv.stride))
      try launcher.run(
        AttentionKernel(.attend, family, cache, precision), global: NDRange(group, cache.heads, step.rowCount),
        local: NDRange(group), Input(qkv.buffer), Input(step.rows), Input(slots.pages), Input(slots.ended),
        Input(cache.keys), Input(cache.values), Output(y.buffer), heads, blocks, Int32(qkv.stride), Int32(y.stride),
        scale)
    }
  }
}

/// The kernels of attention_panel.cl and attention_workgroup.cl.
struct AttentionKernel: KernelDescriptor {
  enum Function: String {
    case append, attend
  }

  let entry: Function
  let family: KernelFamily
  let headSize: Int
  /// Rows of a tile, in the panel family.
  let tileHeight: Int
  let cacheBitWidth: Int

  /// Work-items of a work-group of the workgroup family.
  static let groupSize = 64

  init(
    _ entry: Function, _ family: KernelFamily, _ cache: DeviceCache, _ precision: Precision, tileHeight: Int = 1
  ) {
    self.entry = entry
    self.family = family
    self.tileHeight = tileHeight
    headSize = cache.headSize
    cacheBitWidth = precision.cacheBitWidth
  }

  var sources: [KernelSource] { [family == .panel ? .attentionPanel : .attentionWorkgroup] }
  var function: String { entry.rawValue }
  var definitions: [(name: String, value: String)] {
    [
      ("D", "\(headSize)"), ("CACHE_BITS", "\(cacheBitWidth)"),
      family == .panel ? ("TQ", "\(tileHeight)") : ("LOCAL", "\(Self.groupSize)"),
    ]
  }
}
