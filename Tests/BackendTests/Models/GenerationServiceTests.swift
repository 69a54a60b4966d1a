import Checkpoint
import System
import TestSupport
import Testing

@testable import Backend
@testable import Engine
@testable import GPT2

extension BackendTests {
  /// Prompts of many tasks at the same time, by the demo model.
  @Suite struct GenerationServiceTests {
    static let places = (LoadedModelTests.openCL.first.map { [$0] } ?? []) + LoadedModelTests.all.suffix(1)

    private func settings(_ pretrained: PretrainedModel, seed: UInt64 = 3, new: Int = 12) throws -> GenerationSettings {
      var wishes = GenerationOverrides()
      (wishes.samples, wishes.seed, wishes.maxNewTokens, wishes.ignoresEndOfText) = (2, seed, new, true)
      return try pretrained.settings(wishes)
    }

    @Test(arguments: places)
    func promptsOfManyTasks(_ place: LoadedModelTests.Place) async throws {
      let service = try await GenerationService(.demo, device: place.device, precision: .fp32, family: place.family)
      let prompts = ["My dream is", "I think that", "So", "The world is", "We"]
      let texts = try await withThrowingTaskGroup(of: (Int, [Continuation], [String]).self) { group in
        for (index, prompt) in prompts.enumerated() {
          group.addTask {
            var (pieces, ended) = (["", ""], [Continuation?](repeating: nil, count: 2))
            let settings = try self.settings(service.pretrained, seed: UInt64(index))
            for try await piece in try service.generate(.text(prompt), settings, wantsLogProbabilities: true) {
              #expect(ended[piece.sample]?.text == nil, "a piece after the last")
              pieces[piece.sample] += piece.text
              ended[piece.sample] = piece.continuation
            }
            return (index, ended.compactMap(\.self), pieces)
          }
        }
        var texts = Array(repeating: [Continuation](), count: prompts.count)
        for try await (index, ended, pieces) in group {
          texts[index] = ended
          #expect(ended.map(\.text) == pieces)
        }
        return texts
      }
      try await service.close()
      #expect(throws: RequestQueueError.closed) {
        _ = try service.generate(.text("too late"), settings(service.pretrained))
      }

      let model = try LoadedModel(.demo, device: place.device, precision: .fp32, family: place.family)
      for (index, prompt) in prompts.enumerated() {
        #expect(
          texts[index].count == 2 && texts[index].allSatisfy { $0.tokens.count == 12 && $0.finishReason == .length })
        #expect(texts[index].allSatisfy { $0.text.hasPrefix(prompt) && $0.logProbabilities.count == 12 })
        if place.device == .cpu { continue }  // its sums depend on the company
        let alone = try model.generate(
          .text(prompt), settings(model.pretrained, seed: UInt64(index)), wantsLogProbabilities: true)
        #expect(alone.texts.map(\.tokens) == texts[index].map(\.tokens))
        #expect(alone.texts.map(\.logProbabilities) == texts[index].map(\.logProbabilities))
      }
    }
  }
}

/// The service on the mock model.
@Suite struct GenerationServiceEndTests {
  private func service(
    _ queue: RequestQueue = RequestQueue(), onStep: (@Sendable (Int) -> Void)? = nil
  ) async throws -> GenerationService {
    let pretrained = try PretrainedModel(TinyCheckpoint(seed: 1) { $0.contextLength = 2500 }.files)
    return try await GenerationService(pretrained, batchSize: 2, queue: queue) {
      let backend = MockBackend()
      backend.onStep = onStep
      return LoadedModel(
        pretrained, engine: Engine(try GPT2Model(pretrained.checkpoint, on: backend)), device: .cpu, precision: .fp32)
    }
  }

  private func settings(_ service: GenerationService, new: Int) throws -> GenerationSettings {
    var wishes = GenerationOverrides()
    (wishes.maxNewTokens, wishes.ignoresEndOfText, wishes.doSample, wishes.prefix) = (new, true, false, "")
    return try service.pretrained.settings(wishes)
  }

  /// Who stops reading ends the text, long before it would have ended.
  @Test func endingTheIterationEndsTheText() async throws {
    let service = try await service()
    for try await piece in try service.generate(.tokens([1]), settings(service, new: 2400)) {
      if piece.token.token >= 0 { break }
    }
    let statistics = try await service.close()
    #expect(statistics.newTokens < 2400)
  }

  @Test func closingFinishesWhatIsThere() async throws {
    let service = try await service()
    let streams = try (1..<9).map { try service.generate(.tokens([Int32($0)]), settings(service, new: 7)) }
    try await service.close()
    for stream in streams {
      let texts = try await stream.texts()
      #expect(texts.count == 1 && texts[0].tokens.count == 7)
    }
  }

  @Test(arguments: [1, 3])
  func textsOfManyPromptsComeInTheirOrder(_ together: Int) async throws {
    let service = try await service()
    let prompts = (1..<10).map { Prompt.tokens([Int32($0), Int32($0 * 3 % 7)]) }
    let settings = try settings(service, new: 3)
    var found: [[Int32]] = []
    for try await texts in service.texts(of: prompts, settings, together: together) { found += texts.map(\.tokens) }
    var alone: [[Int32]] = []
    for prompt in prompts { alone += try await service.generate(prompt, settings).texts().map(\.tokens) }
    #expect(found == alone && Set(found).count > 1)
  }

  /// The texts of the prompts before it come first.
  @Test func aBadPromptCostsNoOther() async throws {
    let service = try await service()
    let settings = try settings(service, new: 3)
    var count = 0
    await #expect(throws: SettingsError.self) {
      for try await texts in service.texts(of: [.tokens([1]), .tokens([2]), .tokens([-1]), .tokens([3])], settings) {
        #expect(texts[0].tokens.count == 3)
        count += 1
      }
    }
    #expect(count == 2)
  }

  /// Who is cancelled gets an error, rather than no texts.
  @Test func aCancelledTaskHasNoTexts() async throws {
    let service = try await service()
    let settings = try settings(service, new: 2400)
    let task = Task {
      while !Task.isCancelled { await Task.yield() }
      return try await service.generate(.tokens([1]), settings).texts()
    }
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
  }

  /// A model that cannot be loaded ends the service, whoever waited for it has been cancelled.
  @Test func aCancelledTaskHasNoService() async throws {
    let queue = RequestQueue()
    let pretrained = try PretrainedModel(TinyCheckpoint(seed: 1) { $0.contextLength = 2500 }.files)
    let task = Task {
      while !Task.isCancelled { await Task.yield() }
      _ = try await GenerationService(pretrained, queue: queue) { throw SettingsError.emptyPrompt }
    }
    task.cancel()
    await #expect(throws: (any Error).self) { try await task.value }
    #expect(throws: (any Error).self) {
      _ = try queue.submit(GenerationRequest(prompt: [1], newTokens: 0...1))
    }
  }

  @Test func leavingTheLoopEndsTheTextsOfAllPrompts() async throws {
    let left = Cancellation()
    // The first two texts have ended by then; the others wait until nobody reads.
    let service = try await service { step in
      while step > 150, !left.isCancelled { usleep(1000) }
    }
    let prompts = (1..<9).map { Prompt.tokens([Int32($0)]) }
    for try await texts in service.texts(of: prompts, try settings(service, new: 100)) {
      #expect(texts[0].tokens.count == 100)
      break
    }
    left.cancel()
    let statistics = try await service.close()
    #expect(statistics.newTokens < 8 * 100)
  }

  /// A full queue of others is no error while prompts of one's own are under way.
  @Test func fewPlacesInTheQueueAreEnough() async throws {
    let service = try await service(RequestQueue(capacity: 1))
    let prompts = (1..<9).map { Prompt.tokens([Int32($0)]) }
    var count = 0
    for try await texts in service.texts(of: prompts, try settings(service, new: 5)) { count += texts.count }
    #expect(count == 8)
  }

  @Test func cancellingTheTaskAndABadPromptAreErrors() async throws {
    let service = try await service()
    let settings = try settings(service, new: 2400)
    let task = Task { for try await _ in service.texts(of: [.tokens([1])], settings) {} }
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
    var iterator = service.texts(of: [.tokens([-1]), .tokens([1])], settings).makeAsyncIterator()
    await #expect(throws: SettingsError.self) { try await iterator.next() }
    #expect(try await iterator.next() == nil)
  }

  struct Broken: Error {}

  @Test func aModelThatCannotBeLoadedIsAnError() async throws {
    let pretrained = try PretrainedModel(TinyCheckpoint(seed: 1).files)
    await #expect(throws: Broken.self) { try await GenerationService(pretrained) { throw Broken() } }
  }
}
