import Checkpoint
import TestSupport
import Testing

@testable import Backend
@testable import Engine

/// How many sequences and pages a device's memory allows.
@Suite struct EngineMemoryTests {
  /// The numbers for a model of two layers, four buffers of keys and values, and a context of 16 pages.
  ///
  /// - Parameter total: The bytes that are left for pages.
  private func memory(total: Int, largestBuffer: Int = .max, hasDraft: Bool = false) throws -> EngineMemory {
    let checkpoint = TinyCheckpoint(seed: 1) {
      ($0.embeddingSize, $0.headCount, $0.innerSize) = (12, 12, 1)
      ($0.layerCount, $0.contextLength, $0.vocabularySize) = (2, 1024, 2)
    }
    let backend = MockBackend()
    let model = try GPT2Model(Checkpoint(files: checkpoint.files), on: backend)
    let parameters = checkpoint.configuration.parameters.reduce(0) { $0 + $1.shape.reduce(1, *) }
    backend.limits.memory = (total + (hasDraft ? 2 : 1) * 4 * parameters) * 4 / 3 + 4
    backend.limits.largestBuffer = largestBuffer
    return EngineMemory(model, draft: hasDraft ? ModelMemory(model) : nil)
  }

  private let page = 64 * 12  // bytes of the mock's

  @Test func slotsAndPagesFollowFromMemory() throws {
    let plenty = try memory(total: 10_000 * 4 * page)
    #expect(plenty.batchSize(length: 1024) == 64 && plenty.pages(slots: 64, length: 1024) == 1024)
    #expect(plenty.pages(slots: 3, length: 65) == 6)

    let little = try memory(total: 100 * 4 * page)
    #expect(little.batchSize(length: 1024) == 25 && little.pages(slots: 25, length: 1024) == 100)
    #expect(little.batchSize(length: 64) == 64 && little.pages(slots: 64, length: 64) == 64)
    // Whoever asks for more slots than have pages gets them: sequences wait for one another.
    #expect(little.pages(slots: 200, length: 1024) == 100)

    let small = try memory(total: 10_000 * 4 * page, largestBuffer: 40 * page)
    #expect(small.batchSize(length: 1024) == 10 && small.pages(slots: 10, length: 1024) == 40)

    // A draft of the same size has as many pages.
    let shared = try memory(total: 200 * 4 * page, hasDraft: true)
    #expect(shared.batchSize(length: 1024) == 25 && shared.pages(slots: 64, length: 1024) == 100)

    let none = try memory(total: 0)
    #expect(none.batchSize(length: 1024) == 1 && none.pages(slots: 1, length: 1024) == 16)
  }
}
