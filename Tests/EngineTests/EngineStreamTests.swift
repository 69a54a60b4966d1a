import Foundation
import TestSupport
import Testing

@testable import Engine
@testable import Sampling

/// Requests that come one after the other, at their own pace, while others run.
@Suite struct EngineStreamTests {
  /// Gives requests, now and then none yet, and checks how it is asked.
  private final class Source: RequestSource {
    /// How the engine was seen to ask.
    var waits = 0
    var taken = 0
    var hasEnded = false
    /// The answer: nil for `.notYet`.
    private let answer: (_ waiting: Bool) throws -> SuppliedRequest

    init(_ answer: @escaping (_ waiting: Bool) throws -> SuppliedRequest) { self.answer = answer }

    /// Some requests, each come after a time of `.notYet`.
    convenience init(_ requests: [GenerationRequest], seed: UInt64 = 1) {
      var rest = requests[...]
      var generator = TestGenerator(state: seed)
      self.init { waiting in
        if !waiting, generator.next() % 3 > 0 { return .notYet }
        return rest.popFirst().map(SuppliedRequest.request) ?? .end
      }
    }

    func next(waiting: Bool) throws -> SuppliedRequest {
      #expect(!hasEnded, "asked again after the end")
      if waiting { waits += 1 }
      let supplied = try answer(waiting)
      if case .request = supplied { taken += 1 }
      if case .end = supplied { hasEnded = true }
      return supplied
    }
  }

  private typealias Continuation = EngineTests.Continuation

  /// Runs a source to its end.
  private func run(
    _ source: Source, samples: [Int], on engine: Engine<MockBackend>, batchSize: Int? = nil, stopAfter: Int? = nil
  ) throws -> (continuations: [[Continuation]], failures: [Int: SamplingError], statistics: RunStatistics) {
    var continuations = samples.map { Array(repeating: Continuation(), count: $0) }
    var failures: [Int: SamplingError] = [:]
    let statistics = try engine.run(source, batchSize: batchSize, endOfText: EngineTests.endOfText) { event in
      switch event {
      case .failed(let request, let error):
        #expect(failures[request] == nil, "a second failure")
        failures[request] = error as? SamplingError
        return true
      case .cancelled, .prompt:
        Issue.record("nobody cancelled")
        return false
      case .token(let token):
        #expect(failures[token.request] == nil, "a token after the failure")
        #expect(continuations[token.request][token.sample].finish == nil, "a token after the last")
        continuations[token.request][token.sample].tokens.append(token.token)
        continuations[token.request][token.sample].logProbabilities.append(token.logProbability)
        continuations[token.request][token.sample].finish = token.finish
        return continuations[token.request][token.sample].tokens.count != stopAfter
      }
    }
    return (continuations, failures, statistics)
  }

  @Test(arguments: 0..<20)
  func everyRequestGetsExactlyItsTokens(_ seed: Int) throws {
    var generator = TestGenerator(state: UInt64(seed) + 100)
    let requests = (0..<Int.random(in: 1...25, using: &generator)).map { EngineTests.randomRequest($0, &generator) }
    let slots = Int.random(in: 2...9, using: &generator)
    let stop = seed % 3 == 0 ? 4 : nil
    let source = Source(requests, seed: UInt64(seed))
    let found = try run(
      source, samples: requests.map(\.samples), on: EngineTests.engine(promptChunk: 12, pages: 5 + seed % 5),
      batchSize: slots,
      stopAfter: stop)
    #expect(source.hasEnded && source.taken == requests.count && found.failures.isEmpty)
    for (index, request) in requests.enumerated() {
      for sample in 0..<request.samples {
        #expect(
          try found.continuations[index][sample] == EngineTests.expected(request, sample: sample, stopAfter: stop),
          "request \(index), sample \(sample), \(slots) slots")
      }
    }
    let tokens = found.continuations.flatMap { $0.map(\.tokens.count) }.reduce(0, +)
    #expect(found.statistics.newTokens == tokens && found.statistics.steps > 0)
    // The last token of a guided sample's prompt counts with the new ones.
    #expect(
      found.statistics.promptTokens >= requests.reduce(0) { $0 + $1.prompt.count - ($1.guidance == nil ? 0 : 1) })
  }

  private func short(_ item: Int, new: Int = 3) -> GenerationRequest {
    GenerationRequest(item: UInt64(item), prompt: [Int32(item % 40), 2], newTokens: 0...new, ignoresEndOfText: true)
  }

  /// Running sequences go on while the source has nothing, and it is waited for only when none are left.
  @Test func theBatchGoesOnWhileTheSourceHasNothing() throws {
    let backend = MockBackend()
    var asked = 0
    let source = Source { waiting in
      asked += 1
      switch (asked, waiting) {
      case (1, true): return .request(self.short(0, new: 6))
      case (2..., false): return .notYet
      case (_, true):
        // The first is done: 2 prompt tokens and 5 more, in 6 steps.
        #expect(backend.stepSizes == [2, 1, 1, 1, 1, 1])
        return .end
      default: return .end
      }
    }
    let found = try run(source, samples: [1], on: EngineTests.engine(backend))
    #expect(found.continuations[0][0].finish == .length && source.waits == 2)
  }

  /// Time that passes in the source with no sequence running is waiting, not computing.
  @Test func aSourceThatBlocksIsWaitedFor() throws {
    var asked = 0
    let source = Source { waiting in
      guard waiting else { return .notYet }
      Thread.sleep(forTimeInterval: 0.03)
      asked += 1
      return asked > 3 ? .end : .request(self.short(asked))
    }
    let found = try run(source, samples: [1, 1, 1], on: EngineTests.engine())
    #expect(found.continuations.allSatisfy { $0[0].finish == .length })
    #expect(found.statistics.waitTime >= .milliseconds(4 * 30))
  }

  /// A request is taken only when a slot is free for it.
  @Test(arguments: [1, 7])
  func requestsAreTakenWhenTheyCanStart(_ slots: Int) throws {
    var ended = 0
    var taken = 0
    let source = Source { _ in
      guard taken < 400 else { return .end }
      taken += 1
      #expect(taken - ended <= slots)
      return .request(self.short(taken, new: 1 + taken % 3))
    }
    _ = try EngineTests.engine().run(source, batchSize: slots) { event in
      if case .token(let token) = event, token.finish != nil { ended += 1 }
      return true
    }
    #expect(ended == 400)
  }

  @Test func aFailingRequestLeavesTheOthersAlone() throws {
    var generator = TestGenerator(state: 8)
    var requests = (0..<9).map { EngineTests.randomRequest($0, &generator) }
    for index in [2, 6] {
      (requests[index].samples, requests[index].sampling) = (3, SamplingParameters())
      requests[index].sampling.suppressTokens = Array(0..<Int32(EngineTests.vocabularySize))
    }
    let found = try run(
      Source(requests), samples: requests.map(\.samples), on: EngineTests.engine(), batchSize: 4)
    #expect(found.failures == [2: .nothingLeft, 6: .nothingLeft])
    for (index, request) in requests.enumerated() where found.failures[index] == nil {
      for sample in 0..<request.samples {
        #expect(try found.continuations[index][sample] == EngineTests.expected(request, sample: sample))
      }
    }
  }

  /// An error that the device reports for one row, steps late, ends one request.
  @Test func logitsThatAreNotFiniteEndTheirRequest() throws {
    let backend = MockBackend()
    backend.failingStep = 2
    let requests = (0..<3).map { short($0, new: 9) }
    let found = try run(
      Source(requests, seed: 3), samples: [1, 1, 1], on: EngineTests.engine(backend), batchSize: 3)
    #expect(found.failures.count == 1 && found.failures.values.first == .notFinite)
    for index in 0..<3 where found.failures[index] == nil {
      #expect(try found.continuations[index][0] == EngineTests.expected(requests[index], sample: 0))
    }
  }

  struct Interruption: Error {}

  @Test func theSourcesErrorEndsTheRun() throws {
    var asked = 0
    let source = Source { _ in
      asked += 1
      if asked == 3 { throw Interruption() }
      return .request(self.short(asked))
    }
    #expect(throws: Interruption.self) {
      try EngineTests.engine().run(source, batchSize: 5) { _ in true }
    }
    #expect(asked == 3)
  }

  /// The host chooses for requests with other ends of text than the run's, which the device knows.
  @Test func endsOfTextMayDiffer() throws {
    var generator = TestGenerator(state: 9)
    var requests = (0..<12).map { EngineTests.randomRequest($0, &generator) }
    for index in requests.indices { requests[index].endOfText = [[3], [5, 6], [], nil][index % 4] }
    let found = try run(Source(requests), samples: requests.map(\.samples), on: EngineTests.engine(), batchSize: 3)
    for (index, request) in requests.enumerated() {
      for sample in 0..<request.samples {
        #expect(try found.continuations[index][sample] == EngineTests.expected(request, sample: sample))
      }
    }
  }

  /// 500 requests through few slots and fewer pages: each gets its own tokens.
  @Test func manyRequestsThroughLittleMemory() throws {
    var generator = TestGenerator(state: 4)
    let requests = (0..<500).map { short($0, new: .random(in: 1...3, using: &generator)) }
    let found = try run(
      Source(requests), samples: requests.map(\.samples), on: EngineTests.engine(pages: 5), batchSize: 7)
    for (index, request) in requests.enumerated() where index % 20 == 0 {
      #expect(try found.continuations[index][0] == EngineTests.expected(request, sample: 0))
    }
    #expect(found.continuations.allSatisfy { $0[0].finish == .length })
  }

  @Test func aRequestLargerThanTheCacheFailsAlone() throws {
    let request = GenerationRequest(prompt: Array(repeating: 1, count: 200), newTokens: 0...9)
    var (tokens, failed) = ([0, 0, 0], [Int]())
    let source = Source([short(0), request, short(2)])
    _ = try EngineTests.engine(pages: 3).run(source, batchSize: 2) { event in
      if case .token(let token) = event { tokens[token.request] += 1 }
      if case .failed(let request, let error) = event, error is CacheError { failed.append(request) }
      return true
    }
    #expect(failed == [1] && tokens[0] > 0 && tokens[1] == 0 && tokens[2] > 0)
  }

  @Test func nothingComes() throws {
    let statistics = try EngineTests.engine().run(Source { _ in .end }, batchSize: nil) { _ in true }
    #expect(statistics.steps == 0 && statistics.newTokens == 0)
  }
}
