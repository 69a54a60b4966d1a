import TestSupport
import Testing

@testable import Engine
@testable import Sampling

/// Log-probabilities of prompts, and of the likeliest tokens, on a mock model.
@Suite struct PromptScoreTests {
  private static func score(_ history: [Int32], _ target: Int32, top: Int) -> TokenScore {
    MockBackend.logits(after: history, vocabularySize: EngineTests.vocabularySize).withUnsafeBufferPointer {
      TokenScore($0, target: target, top: top)
    }
  }

  @Test(arguments: 0..<16)
  func promptsAreScoredOnceBeforeTheirTokens(_ seed: Int) throws {
    var generator = TestGenerator(state: UInt64(seed))
    let requests = (0..<7).map { item in
      var request = EngineTests.randomRequest(item, &generator)
      request.guidance = nil
      request.scoresPrompt = generator.next() % 3 > 0
      request.topLogProbabilities = Int(generator.next() % 4)
      if generator.next() % 3 == 0 { (request.newTokens, request.scoresPrompt) = (0...0, true) }
      if generator.next() % 4 == 0 {
        (request.samples, request.sampling, request.beams.count) = (1, SamplingParameters(), 3)
        request.endOfText = nil
      }
      return request
    }
    let engine = try EngineTests.engine(
      promptChunk: [1024, 30, 7].randomElement(using: &generator) ?? 7,
      batchSize: Int.random(in: 3...9, using: &generator))
    var scored: [Int: [ScoredToken]] = [:]
    var tokens = requests.map { Array(repeating: [Int32](), count: $0.samples) }
    try engine.run(requests, endOfText: EngineTests.endOfText) { request, scores in
      #expect(scored.updateValue(scores, forKey: request) == nil && tokens[request].allSatisfy(\.isEmpty))
    } onToken: { token in
      let request = requests[token.request]
      #expect(!request.scoresPrompt || scored[token.request] != nil, "a token before the prompt's scores")
      if request.beams.count == 1 {
        let history = request.prompt + tokens[token.request][token.sample]
        let expected = Self.score(history, token.token, top: request.topLogProbabilities)
        #expect(token.top == expected.topLogProbabilities(request.topLogProbabilities))
        let logProbability = try expected.logProbability()
        #expect(token.logProbability == (request.wantsLogProbabilities ? logProbability : nil))
      }
      tokens[token.request][token.sample].append(token.token)
      return true
    }
    for (index, request) in requests.enumerated() {
      #expect((scored[index] != nil) == (request.scoresPrompt || request.newTokens.upperBound == 0))
      #expect(tokens[index].allSatisfy { $0.isEmpty == (request.newTokens.upperBound == 0) })
      guard request.scoresPrompt else { continue }
      let prompt = request.prompt
      let expected = try prompt.indices.dropFirst().map {
        try Self.score(Array(prompt[..<$0]), prompt[$0], top: request.topLogProbabilities)
          .scored(top: request.topLogProbabilities)
      }
      #expect(scored[index] == expected)
    }
  }

  @Test func aPromptWhoseLogitsAreNotFiniteFails() throws {
    let backend = MockBackend()
    backend.failingStep = 1
    let request = GenerationRequest(prompt: [1, 2, 3, 4, 5], newTokens: 0...0, scoresPrompt: true)
    #expect(throws: SamplingError.notFinite) {
      try EngineTests.engine(backend, promptChunk: 2).run([request]) { _ in true }
    }
  }
}
