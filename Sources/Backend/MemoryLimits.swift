/// What a device's memory allows, in bytes.
package struct MemoryLimits: Hashable, Sendable {
  /// All of it.
  package var total: Int
  /// The largest buffer.
  package var largestBuffer: Int

  package init(total: Int, largestBuffer: Int) {
    self.total = total
    self.largestBuffer = largestBuffer
  }

  /// What models and their caches may take of a memory: three quarters. The rest is for activations, the driver, and
  /// whoever else uses the device.
  package static func usable(of total: Int) -> Int { total / 4 * 3 }
}
