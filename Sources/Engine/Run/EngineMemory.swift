internal import Backend
internal import Checkpoint

/// How much of a device's memory the running sequences may take.
struct EngineMemory {
  /// The most pages that the device has room for.
  private let mostPages: Int
  private let preferredBatchSize: Int

  /// Pages that a sequence of usual length needs, where the context is longer.
  private static let usualPages = 4

  init<B: Backend>(_ model: GPT2Model<B>) {
    let (backend, configuration) = (model.backend, model.configuration)
    let limits = backend.limits
    let parameters = configuration.parameters.reduce(0) { $0 + $1.shape.reduce(1, *) }
    let weights = parameters * backend.precision.byteCount
    let budget = max(UsableMemory.of(limits.memory) - weights, 0)
    let page = max(backend.pageByteCount(heads: configuration.headCount, headSize: configuration.headSize), 1)
    mostPages = min(limits.largestBuffer / page, budget / (2 * max(configuration.layerCount, 1) * page))
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
