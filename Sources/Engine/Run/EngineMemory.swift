internal import Backend
internal import Checkpoint

/// How much of a device's memory the running sequences may take.
struct EngineMemory {
  /// The most pages that the device has room for.
  private let mostPages: Int
  private let preferredBatchSize: Int

  /// Pages that a sequence of usual length needs, where the context is longer.
  private static let usualPages = 4

  /// - Parameter draft: Of a model that guesses tokens on the same device, which has a page for each of the model's.
  init<B: Backend>(_ model: GPT2Model<B>, draft: ModelMemory? = nil) {
    let (limits, memory) = (model.backend.limits, ModelMemory(model))
    let budget = max(UsableMemory.of(limits.memory) - memory.weights - (draft?.weights ?? 0), 0)
    let buffer = memory.page / (2 * max(model.configuration.layerCount, 1))
    mostPages = min(limits.largestBuffer / buffer, budget / (memory.page + (draft?.page ?? 0)))
    preferredBatchSize = limits.preferredBatchSize
  }

  /// Sequences that run together by default: as many as keep the device busy, but no more than have room.
  func batchSize(length: Int) -> Int {
    let pages = min(KeyValuePage.count(positions: length), Self.usualPages)
    return max(1, min(preferredBatchSize, mostPages / max(pages, 1)))
  }

  /// Pages for so many slots: as many as they can need, or as there is room for, but one sequence's at least.
  func pages(slots: Int, length: Int) -> Int {
    let blocks = KeyValuePage.count(positions: length)
    return max(blocks, min(slots * blocks, mostPages))
  }
}
