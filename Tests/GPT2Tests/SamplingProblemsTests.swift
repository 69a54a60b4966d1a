import Sampling
import Testing

@testable import GPT2

/// Sampling parameters outside their ranges.
@Suite struct SamplingProblemsTests {
  @Test func defaultsAreValid() throws { try SamplingParameters().validate() }

  private static let faults: [(fault: @Sendable (inout SamplingParameters) -> Void, sentence: String)] = [
    ({ $0.topP = -1 }, "topP must be above 0 and at most 1, found -1"),
    ({ $0.topP = .nan }, "topP must be above 0 and at most 1, found nan"),
    ({ $0.topP = 1.5 }, "topP must be above 0 and at most 1, found 1.5"),
    ({ $0.temperature = 0 }, "temperature must be above 0 and finite, found 0"),
    ({ $0.temperature = .infinity }, "temperature must be above 0 and finite, found inf"),
    ({ $0.topK = -1 }, "topK must be 0 (off) to 2147483647, found -1"),
    ({ $0.minP = 2 }, "minP must be from 0 to 1, found 2"),
    ({ $0.typicalP = 0 }, "typicalP must be above 0 and at most 1, found 0"),
    ({ $0.repetitionPenalty = -.infinity }, "repetitionPenalty must be above 0 and finite, found -inf"),
    ({ $0.noRepeatNgramSize = .max }, "noRepeatNgramSize must be 0 (off) to 2147483647, found \(Int.max)"),
    ({ $0.badWords = [[1], []] }, "badWords must be lists of at least one token id, found an empty list"),
    ({ $0.badWords = [[1], [2, -5]] }, "badWords must be token ids of 0 and above, found -5"),
    ({ $0.topH = -0.5 }, "topH must be 0 (off), or up to 1, found -0.5"),
    ({ $0.epsilonCutoff = 1 }, "epsilonCutoff must be 0 (off), or below 1, found 1"),
    ({ $0.etaCutoff = .nan }, "etaCutoff must be 0 (off), or below 1, found nan"),
    ({ $0.presencePenalty = 2.5 }, "presencePenalty must be from -2 to 2, found 2.5"),
    ({ $0.frequencyPenalty = -.infinity }, "frequencyPenalty must be from -2 to 2, found -inf"),
    ({ $0.logitBias = [5: 101] }, "logitBias must be numbers from -100 to 100, found 101"),
    ({ $0.logitBias = [5: .nan] }, "logitBias must be numbers from -100 to 100, found nan"),
    ({ $0.logitBias = [-5: 1] }, "logitBias must be token ids of 0 and above, found -5"),
    (
      { $0.sequenceBias = [SequenceBias([], bias: 1)] },
      "sequenceBias must be lists of at least one token id, found an empty list"
    ),
    (
      { $0.sequenceBias = [SequenceBias([1], bias: -1e31)] },
      "sequenceBias must be numbers from -1e+30 to 1e+30, found -1e+31"
    ),
    ({ $0.exponentialDecay.start = -1 }, "exponentialDecay must start at 0 new tokens or later, found -1"),
    ({ $0.exponentialDecay.factor = 0 }, "exponentialDecay must have a factor above 0 and finite, found 0"),
    ({ $0.suppressTokens = [1, -1] }, "suppressTokens must be token ids of 0 and above, found -1"),
    (
      { $0.allowedTokens = Array(repeating: 1, count: 131_073) },
      "allowedTokens must be at most 131072 token ids, found 131073"
    ),
    ({ $0.forcedBOSToken = [1, 2] }, "forcedBOSToken must be one token id, found 2"),
  ]

  @Test(arguments: faults.indices)
  func saysWhatIsWrong(index: Int) {
    var parameters = SamplingParameters()
    Self.faults[index].fault(&parameters)
    let error = #expect(throws: SettingsError.self) { try parameters.validate() }
    #expect(error?.description == Self.faults[index].sentence + ".")
  }
}
