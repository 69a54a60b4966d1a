import Checkpoint
import TestSupport
import Testing

@testable import Engine
@testable import Sampling

/// The engine on a mock model: every request gets exactly its own tokens.
@Suite struct EngineTests {
  static let vocabularySize = 40
  static let endOfText: [Int32] = [3, 17]
  /// A model of one layer of one channel: the mock looks at shapes only.
  private static let checkpoint = TinyCheckpoint(seed: 1) {
    ($0.vocabularySize, $0.contextLength) = (vocabularySize, 2500)
    ($0.embeddingSize, $0.headCount, $0.innerSize) = (1, 1, 1)
  }

  static func engine(
    _ backend: MockBackend = MockBackend(), promptChunk: Int = 1024, batchSize: Int? = nil,
    pages: Int? = nil
  ) throws -> Engine<MockBackend> {
    Engine(try model(backend), promptChunk: promptChunk, batchSize: batchSize, pages: pages)
  }

  static func model(_ backend: MockBackend) throws -> GPT2Model<MockBackend> {
    try GPT2Model(Checkpoint(files: checkpoint.files), on: backend)
  }

  /// A continuation: its tokens and its end.
  struct Continuation: Equatable {
    var tokens: [Int32] = []
    var logProbabilities: [Double?] = []
    var finish: FinishReason?
  }

  /// The expected tokens of a request's sample: one after the other from its own history, by the sampler of the host.
  static func expected(_ request: GenerationRequest, sample: Int, stopAfter stop: Int? = nil) throws -> Continuation {
    var continuation = Continuation()
    var sampler = HostSampler()
    while continuation.finish == nil, continuation.tokens.count != stop {
      let history = request.prompt + continuation.tokens
      let row = SamplingRow(
        request.sampling,
        draw: Philox4x32(seed: request.seed).draw(
          item: request.item, sample: UInt32(sample), position: UInt32(history.count)),
        suppressesEndOfText: continuation.tokens.count < request.newTokens.lowerBound,
        wantsLogProbability: request.wantsLogProbabilities)
      var seen = TokenSet(vocabularySize: vocabularySize)
      seen.formUnion(history)
      let token = try MockBackend.logits(after: history, vocabularySize: vocabularySize).withUnsafeBufferPointer {
        try sampler.sample(
          $0, row: row, seen: seen, endOfText: request.endOfText ?? endOfText, parameters: request.sampling,
          at: SamplingStep(
            tokens: history, promptCount: request.prompt.count,
            isLast: continuation.tokens.count + 1 == request.newTokens.upperBound,
            unconditional: request.guidance.map {
              UnconditionalLogits(
                MockBackend.logits(after: $0.prompt + continuation.tokens, vocabularySize: vocabularySize)[...],
                scale: $0.scale)
            }))
      }
      continuation.tokens.append(token.token)
      continuation.logProbabilities.append(token.logProbability)
      if !request.ignoresEndOfText, (request.endOfText ?? endOfText).contains(token.token) {
        continuation.finish = .eos
      } else if continuation.tokens.count == request.newTokens.upperBound {
        continuation.finish = .length
      }
    }
    return continuation
  }

  /// Runs requests, stopping the continuations that `stop` names after so many tokens.
  private func run(
    _ requests: [GenerationRequest], on engine: Engine<MockBackend>, endOfText: [Int32] = EngineTests.endOfText,
    stopAfter stop: [[Int?]]? = nil
  ) throws -> [[Continuation]] {
    var continuations = requests.map { Array(repeating: Continuation(), count: $0.samples) }
    try engine.run(requests, endOfText: endOfText) { token in
      #expect(continuations[token.request][token.sample].finish == nil, "a token after the last")
      continuations[token.request][token.sample].tokens.append(token.token)
      continuations[token.request][token.sample].logProbabilities.append(token.logProbability)
      continuations[token.request][token.sample].finish = token.finish
      return continuations[token.request][token.sample].tokens.count != stop?[token.request][token.sample]
    }
    return continuations
  }

  static func randomRequest(_ item: Int, _ generator: inout TestGenerator) -> GenerationRequest {
    var sampling = SamplingParameters()
    sampling.doSample = generator.next() % 4 > 0
    sampling.temperature = [0.7, 1, 2].randomElement(using: &generator) ?? 1
    sampling.topK = [0, 1, 5, 30].randomElement(using: &generator) ?? 0
    sampling.topP = [1, 0.8].randomElement(using: &generator) ?? 1
    sampling.repetitionPenalty = [1, 1, 1.4, 0.7].randomElement(using: &generator) ?? 1
    switch generator.next() % 12 {  // choices that only the host can make
    case 0: sampling.typicalP = 0.5
    case 1: sampling.noRepeatNgramSize = 2
    case 2: sampling.badWords = [[5], [7, 9], [21]]
    case 3: sampling.forcedEOSTokens = [3, 8]
    case 4: (sampling.presencePenalty, sampling.frequencyPenalty) = (1.5, 0.5)
    case 5: (sampling.exponentialDecay, sampling.beginSuppressTokens) = (ExponentialDecay(start: 2, factor: 1.5), [4])
    default: break
    }
    let fewest = Int.random(in: 0...6, using: &generator)
    var guidance: Guidance?
    if generator.next() % 6 == 0 {
      guidance = Guidance(
        scale: [0, 0.5, 1.5, 3].randomElement(using: &generator) ?? 1,
        prompt: (0..<Int.random(in: generator.next() % 4 == 0 ? 60...70 : 1...9, using: &generator)).map { _ in
          .random(in: 0..<Int32(vocabularySize), using: &generator)
        })
    }
    return GenerationRequest(
      item: UInt64(item),
      // Some reach into a second and a third page of the cache.
      prompt: (0..<Int.random(in: generator.next() % 6 == 0 ? 60...130 : 1...30, using: &generator)).map { _ in
        .random(in: 0..<Int32(vocabularySize), using: &generator)
      },
      samples: generator.next() % 2 == 0 ? 1 : .random(in: 1...6, using: &generator), sampling: sampling,
      guidance: guidance, newTokens: fewest...(.random(in: max(1, fewest)...20, using: &generator)),
      endOfText: generator.next() % 4 == 0 ? endOfText : nil,
      ignoresEndOfText: generator.next() % 4 == 0, seed: generator.next(),
      wantsLogProbabilities: generator.next() % 2 == 0)
  }

  @Test(arguments: 0..<40)
  func everyRequestGetsExactlyItsTokens(_ seed: Int) throws {
    var generator = TestGenerator(state: UInt64(seed))
    let requests = (0..<Int.random(in: 1...10, using: &generator)).map { Self.randomRequest($0, &generator) }
    let stops = requests.map { request in
      (0..<request.samples).map { _ -> Int? in
        generator.next() % 4 == 0 ? .random(in: 1...8, using: &generator) : nil
      }
    }
    let slots = Int.random(in: 2...9, using: &generator)
    let chunk = Int.random(in: 1...40, using: &generator)
    let pages = Int.random(in: 5...12, using: &generator)
    let found = try run(
      requests, on: Self.engine(promptChunk: chunk, batchSize: slots, pages: pages), stopAfter: stops)
    for (index, request) in requests.enumerated() {
      for sample in 0..<request.samples {
        #expect(
          try found[index][sample] == Self.expected(request, sample: sample, stopAfter: stops[index][sample]),
          "request \(index), sample \(sample), \(slots) slots, \(pages) pages, chunks of \(chunk)")
      }
    }
  }

  /// Prompts of one token need no step of their own before the first choice, which others may keep waiting.
  @Test(arguments: 2...9)
  func guidedPromptsOfOneToken(slots: Int) throws {
    var generator = TestGenerator(state: UInt64(slots))
    let requests = (0..<12).map { item in
      GenerationRequest(
        item: UInt64(item), prompt: [Int32(item)], samples: 1 + item % 5,
        guidance: item % 4 == 3 ? nil : Guidance(scale: 1.5, prompt: [Int32(39 - item)]),
        newTokens: 0...(.random(in: 1...9, using: &generator)), seed: generator.next())
    }
    let found = try run(requests, on: Self.engine(batchSize: slots))
    for (index, request) in requests.enumerated() {
      for sample in 0..<request.samples {
        #expect(try found[index][sample] == Self.expected(request, sample: sample), "\(index), \(sample)")
      }
    }
  }

  @Test func promptsLongerThanAStep() throws {
    let prompt = (0..<2300).map { Int32($0 * 7 % Self.vocabularySize) }
    let requests = [
      GenerationRequest(prompt: prompt, samples: 3, newTokens: 0...4, endOfText: [], seed: 5),
      GenerationRequest(item: 1, prompt: [1], newTokens: 0...9, endOfText: [], seed: 6),
    ]
    let backend = MockBackend()
    let found = try run(requests, on: Self.engine(backend))
    for (index, request) in requests.enumerated() {
      for sample in 0..<request.samples { #expect(try found[index][sample] == Self.expected(request, sample: sample)) }
    }
    #expect(backend.stepSizes.max() == 1024)
  }

  @Test func moreSamplesThanSlots() throws {
    var sampling = SamplingParameters()
    sampling.doSample = true
    let request = GenerationRequest(
      prompt: [1, 2, 3], samples: 150, sampling: sampling, newTokens: 0...3, seed: 9)
    let found = try run([request], on: Self.engine())
    for sample in 0..<150 { #expect(try found[0][sample] == Self.expected(request, sample: sample)) }
  }

  // MARK: - Steps in flight

  /// The host waits for a step's tokens only when the next step is with the device.
  @Test func oneStepIsKeptInFlight() throws {
    let backend = MockBackend()
    _ = try run([GenerationRequest(prompt: [1, 2], newTokens: 0...5)], on: Self.engine(backend), endOfText: [])
    #expect(backend.events == [.step, .step, .wait, .step, .wait, .step, .wait, .step, .wait, .wait])
  }

  /// Where the host must see each token first, no step is computed and thrown away.
  @Test func stepsWaitForTheHostWhereItChooses() throws {
    let backend = MockBackend()
    var sampling = SamplingParameters()
    sampling.noRepeatNgramSize = 2
    let request = GenerationRequest(prompt: [1, 2], sampling: sampling, newTokens: 0...3, ignoresEndOfText: true)
    _ = try run([request], on: Self.engine(backend))
    #expect(backend.events == [.step, .wait, .step, .wait, .step, .wait])
  }

  // MARK: - Ends that are none

  struct Interruption: Error {}

  @Test func theCallersErrorEndsTheRun() throws {
    var count = 0
    #expect(throws: Interruption.self) {
      try Self.engine().run([GenerationRequest(prompt: [1], samples: 4, newTokens: 0...50)]) { _ in
        count += 1
        if count == 7 { throw Interruption() }
        return true
      }
    }
    #expect(count == 7)
  }

  @Test(arguments: [0, 3])
  func logitsThatAreNotFiniteAreAnError(_ step: Int) throws {
    let backend = MockBackend()
    backend.failingStep = step
    let request = GenerationRequest(prompt: [1], newTokens: 0...20, ignoresEndOfText: true)
    #expect(throws: SamplingError.notFinite) { try run([request], on: Self.engine(backend)) }
  }

  @Test func aTokenOfNoneLeftIsAnError() throws {
    var sampling = SamplingParameters()
    sampling.suppressTokens = Array(0..<Int32(Self.vocabularySize))
    let request = GenerationRequest(prompt: [1], sampling: sampling, newTokens: 0...20)
    #expect(throws: SamplingError.nothingLeft) { try run([request], on: Self.engine()) }
  }

  @Test func nothingToDo() throws {
    #expect(try run([], on: Self.engine()).isEmpty)
  }
}
