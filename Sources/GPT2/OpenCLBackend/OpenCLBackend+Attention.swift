internal import Kernels
internal import OpenCL

/// Keys and values of one layer, on the device.
public struct DeviceCache {
  /// (slots, H, T, D) in the family's order of elements.
  let keys: Buffer<Stored>
  /// (slots, H, T, D), in the panel family with D rounded up to 16.
  let values: Buffer<Stored>
  /// T, a multiple of 64.
  let length: Int
  let heads: Int
  let headSize: Int
}

extension OpenCLBackend {
  /// Positions that attention takes at a time; caches are whole blocks.
  private static let blockLength = 64

  /// The elements that a position's values take: whole vectors, where a work-item reads them so.
  private func valueWidth(_ headSize: Int) -> Int { family == .panel ? roundUp(headSize, to: 16) : headSize }

  /// Room for keys and values; zeroed, because masked positions are multiplied by zero.
  public func cache(slots: Int, length: Int, heads: Int, headSize: Int) throws -> DeviceCache {
    let length = roundUp(length, to: Self.blockLength)
    let units = slots * heads * length * precision.cacheByteCount / MemoryLayout<Stored>.stride
    return DeviceCache(
      keys: try Buffer(queue.context, count: units * headSize, zeroed: true),
      values: try Buffer(queue.context, count: units * valueWidth(headSize), zeroed: true),
      length: length, heads: heads, headSize: headSize)
  }

  /// Puts the rows' keys and values into the cache, then y[m] = the causal attention of row m.
  public func attention(
    _ qkv: DeviceActivations, _ cache: DeviceCache, scale: Float, into y: DeviceActivations
  ) throws {
    let (heads, length) = (Int32(cache.heads), Int32(cache.length))
    func kernel(_ function: AttentionKernel.Function) -> AttentionKernel {
      AttentionKernel(
        entry: function, family: family, headSize: cache.headSize, tileHeight: step.tileHeight, precision: precision)
    }
    switch family {
    case .panel:
      try launcher.run(
        kernel(.append), global: NDRange(step.rowCount, cache.heads), local: 1, Input(qkv.buffer), Input(step.rows),
        Output(cache.keys), Output(cache.values), heads, length, Int32(qkv.stride))
      try launcher.run(
        kernel(.attend), global: NDRange(step.tileCount, cache.heads), local: 1, Input(qkv.buffer), Input(step.tiles),
        Input(cache.keys), Input(cache.values), Output(y.buffer), heads, length, Int32(qkv.stride), Int32(y.stride),
        scale)
    case .workgroup:
      let group = AttentionKernel.groupSize
      try launcher.run(
        kernel(.append), global: NDRange(cache.headSize, cache.heads, step.rowCount), local: NDRange(cache.headSize),
        Input(qkv.buffer), Input(step.rows), Output(cache.keys), Output(cache.values), heads, length,
        Int32(qkv.stride))
      try launcher.run(
        kernel(.attend), global: NDRange(group, cache.heads, step.rowCount), local: NDRange(group),
        Input(qkv.buffer), Input(step.rows), Input(cache.keys), Input(cache.values), Output(y.buffer), heads, length,
        Int32(qkv.stride), Int32(y.stride), scale)
    }
  }

  /// Copies the first positions of one slot to others, whole blocks at a time.
  public func copy(_ cache: DeviceCache, from slot: Int, to slots: [Int], length: Int) throws {
    let unit = precision.cacheByteCount / MemoryLayout<Stored>.stride
    let positions = roundUp(length, to: Self.blockLength)
    for (buffer, width) in [(cache.keys, cache.headSize), (cache.values, valueWidth(cache.headSize))] {
      let perHead = cache.length * width * unit
      for head in 0..<cache.heads {
        for target in slots {
          try queue.copy(
            from: buffer, at: (slot * cache.heads + head) * perHead,
            to: buffer, at: (target * cache.heads + head) * perHead, count: positions * width * unit)
        }
      }
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
  let precision: Precision

  /// Work-items of a work-group of the workgroup family.
  static let groupSize = 64

  var sources: [KernelSource] { [family == .panel ? .attentionPanel : .attentionWorkgroup] }
  var function: String { entry.rawValue }
  var definitions: [(name: String, value: String)] {
    [
      ("D", "\(headSize)"), ("CACHE_BITS", "\(8 * precision.cacheByteCount)"),
      family == .panel ? ("TQ", "\(tileHeight)") : ("LOCAL", "\(Self.groupSize)"),
    ]
  }
}
