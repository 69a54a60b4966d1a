import TestSupport
import Testing

@testable import Engine
@testable import Sampling

/// Texts whose time is up end with the token that comes next, whatever others do.
@Suite struct TimeLimitTests {
  private func run(_ requests: [GenerationRequest]) throws -> [[[GeneratedToken]]] {
    var tokens: [[[GeneratedToken]]] = requests.map { Array(repeating: [], count: $0.samples) }
    try EngineTests.engine(batchSize: 4).run(requests, endOfText: EngineTests.endOfText) { token in
      tokens[token.request][token.sample].append(token)
      return true
    }
    return tokens
  }

  @Test func aTextWithoutTimeHasOneToken() throws {
    var generator = TestGenerator(state: 4)
    let requests = (0..<24).map { number in
      var request = EngineTests.randomRequest(number, &generator)
      if number % 2 == 0 { request.timeLimit = .zero }
      return request
    }
    let found = try run(requests)
    for (request, texts) in zip(requests, found) {
      for (sample, tokens) in texts.enumerated() {
        let expected = try EngineTests.expected(request, sample: sample)
        let isLimited = request.timeLimit != nil
        #expect(tokens.map(\.token) == Array(expected.tokens.prefix(isLimited ? 1 : .max)))
        #expect(tokens.last?.finish == (isLimited && expected.tokens.count > 1 ? .time : expected.finish))
      }
    }
  }

  @Test func timeThatIsNotUpChangesNothing() throws {
    var request = GenerationRequest(prompt: [5, 8], samples: 2, newTokens: 9...9, seed: 2)
    request.timeLimit = .seconds(1_000_000_000)
    let texts = try run([request])[0]
    #expect(texts.allSatisfy { $0.count == 9 && $0.last?.finish == .length })
  }

  @Test func beamsWithoutTimeEndTogether() throws {
    var request = GenerationRequest(prompt: [5, 8], samples: 3, newTokens: 9...9, seed: 2)
    request.beams.count = 3
    request.timeLimit = .zero
    let texts = try run([request])[0]
    #expect(texts.allSatisfy { $0.count == 1 && $0.last?.finish == .time })
    #expect(texts.compactMap { $0.last?.beamScore }.count == 3)
    #expect(Set(texts.compactMap { $0.last?.token }).count == 3)
  }
}
