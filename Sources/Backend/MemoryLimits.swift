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
}
