internal import Backend
internal import OpenCL

extension OpenCLBackend {
  /// 16-bit units of a page whose positions have `width` elements a head.
  private func pageUnits(heads: Int, width: Int) -> Int {
    heads * KeyValuePage.length * width * precision.cacheBitWidth / (8 * MemoryLayout<Stored>.stride)
  }

  /// Bytes that a page takes in the larger of two buffers.
  package func pageByteCount(heads: Int, headSize: Int) -> Int {
    pageUnits(heads: heads, width: kernels.valueWidth(headSize: headSize)) * MemoryLayout<Stored>.stride
  }

  /// Room for keys and values.
  package func cache(pages: Int, heads: Int, headSize: Int) throws -> DeviceCache {
    func buffer(_ width: Int) throws -> Buffer<Stored> {
      try Buffer(queue.context, count: pages * pageUnits(heads: heads, width: width))
    }
    return DeviceCache(
      keys: try buffer(headSize), values: try buffer(kernels.valueWidth(headSize: headSize)), pages: pages,
      heads: heads, headSize: headSize)
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
}
