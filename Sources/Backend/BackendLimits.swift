/// A device's memory, and the steps and batches that it has room for.
package struct BackendLimits: Hashable, Sendable {
  /// Bytes of its memory.
  package var memory: Int
  /// Bytes of the largest buffer.
  package var largestBuffer: Int
  /// The most rows of a step.
  package var rows: Int
  /// How many sequences are decoded together by default: enough to keep the device busy.
  package var preferredBatchSize: Int

  /// Limits from their fields.
  package init(memory: Int, largestBuffer: Int, rows: Int, preferredBatchSize: Int) {
    self.memory = memory
    self.largestBuffer = largestBuffer
    self.rows = rows
    self.preferredBatchSize = preferredBatchSize
  }
}
