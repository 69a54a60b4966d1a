import Foundation
import Testing

@testable import Sampling

@Suite struct BeamCandidatesTests {
  private func candidates(_ logits: [Float], _ parameters: SamplingParameters) throws -> [BeamCandidate] {
    var sampler = HostSampler()
    return try logits.withUnsafeBufferPointer { logits in
      try sampler.beamCandidates(
        logits, row: SamplingRow(parameters, draw: 0), seen: TokenSet(vocabularySize: logits.count), endOfText: [],
        parameters: parameters, at: SamplingStep(), count: 5, fewest: 2, top: 0)
    }.tokens
  }

  /// As transformers' `LogitNormalization`, which comes last: log-probabilities of what the other steps have left.
  @Test(arguments: [1, 16, 37, 50], [false, true])
  func scoresAreLogProbabilitiesAgain(count: Int, isDrawn: Bool) throws {
    var parameters = SamplingParameters()
    (parameters.doSample, parameters.temperature, parameters.topK) = (isDrawn, isDrawn ? 0.7 : 1, isDrawn ? 4 : 0)
    parameters.suppressTokens = [3, 9]
    parameters.logitBias = [0: 2]
    let logits = (0..<count).map { Float(($0 * 37) % 23) / 5 - 2 }
    let plain = try candidates(logits, parameters)
    parameters.renormalizesLogits = true
    let normal = try candidates(logits, parameters)
    let temperature = parameters.temperature
    let all = logits.enumerated().filter { ![3, 9].contains($0.offset) }
      .map { (Double($0.element) + ($0.offset == 0 ? 2 : 0)) / temperature }
    let left = isDrawn ? Array(all.sorted(by: >).prefix(plain.count)) : all
    let sum = log(left.map { exp($0) }.reduce(0, +))
    #expect(normal.map(\.token) == plain.map(\.token) && normal.map(\.logProbability) == plain.map(\.logProbability))
    for candidate in normal {
      let logit = (Double(logits[Int(candidate.token)]) + (candidate.token == 0 ? 2 : 0)) / temperature
      #expect(abs(candidate.score - (logit - sum)) < 1e-5)
    }
    #expect(count == 1 || plain.map(\.score) != normal.map(\.score))
  }
}
