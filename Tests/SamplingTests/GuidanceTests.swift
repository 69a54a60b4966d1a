import Foundation
import TestSupport
import Testing

@testable import Sampling

/// Scores that are guided are those of the formula, and choices go by them; log-probabilities stay the model's.
@Suite struct GuidanceTests {
  private func logProbabilities(_ logits: [Float]) -> [Double] {
    let maximum = Double(logits.max() ?? 0)
    let sum = logits.reduce(0) { $0 + exp(Double($1) - maximum) }
    return logits.map { Double($0) - maximum - log(sum) }
  }

  private func row(count: Int, _ generator: inout TestGenerator) -> [Float] {
    (0..<count).map { _ in .random(in: -20...20, using: &generator) }
  }

  private func guided(_ own: [Float], awayFrom other: [Float], scale: Double) throws -> Scores {
    var scores = Scores()
    try own.withUnsafeBufferPointer { logits throws(SamplingError) in
      try scores.load(LogitRow(logits), awayFrom: UnconditionalLogits(other[...], scale: scale))
    }
    return scores
  }

  @Test(arguments: [1, 15, 16, 17, 301], [-1, 0, 0.5, 1, 1.5, 7])
  func scoresAreThoseOfTheFormula(count: Int, scale: Double) throws {
    var generator = TestGenerator(state: UInt64(count))
    let (own, other) = (row(count: count, &generator), row(count: count, &generator))
    let scores = try guided(own, awayFrom: other, scale: scale)
    let (p, q) = (logProbabilities(own), logProbabilities(other))
    for token in own.indices {
      let expected = scale * (p[token] - q[token]) + q[token]
      #expect(abs(Double(scores[Int32(token)]) - expected) <= 1e-5 * max(1, abs(expected)))
    }
  }

  @Test func choicesGoByTheScores() throws {
    let (own, other): ([Float], [Float]) = ([2, 1.5, -3, 0], [2, -1, -3, 0])
    var sampler = HostSampler()
    var parameters = SamplingParameters()
    parameters.doSample = false
    func chosen(_ scale: Double) throws -> SampledToken {
      try own.withUnsafeBufferPointer {
        try sampler.sample(
          $0, row: SamplingRow(parameters, draw: 0, wantsLogProbability: true), seen: TokenSet(vocabularySize: 4),
          endOfText: [], at: SamplingStep(unconditional: UnconditionalLogits(other[...], scale: scale)))
      }
    }
    #expect(try chosen(1).token == 0 && chosen(3).token == 1)
    let logProbability = try #require(try chosen(3).logProbability)
    #expect(abs(logProbability - logProbabilities(own)[1]) < 1e-6)
  }

  @Test func whatIsRuledOutStaysSo() throws {
    let scores = try guided([1, -.infinity, 2], awayFrom: [0, 5, 0], scale: 2)
    #expect(scores[1] == -.infinity && scores[0].isFinite)
  }

  @Test func whatTheOtherPromptRulesOutIsAnError() throws {
    // log p − log q is infinite.
    #expect(throws: SamplingError.notFinite) { try guided([1, 2, 3], awayFrom: [0, -.infinity, 0], scale: 2) }
    let nothing = [Float](repeating: -.infinity, count: 3)
    #expect(throws: SamplingError.notFinite) { try guided([1, 2, 3], awayFrom: nothing, scale: 2) }
    #expect(try guided(nothing, awayFrom: [1, 2, 3], scale: 2).vectors == [Scores.Vector(repeating: -.infinity)])
  }

  @Test(arguments: [Float.nan, .infinity])
  func logitsThatAreNoNumbersAreErrors(_ bad: Float) throws {
    #expect(throws: SamplingError.notFinite) { try guided([1, 2, 3], awayFrom: [0, bad, 0], scale: 2) }
    #expect(throws: SamplingError.notFinite) { try guided([1, bad, 3], awayFrom: [0, 0, 0], scale: 2) }
  }
}
