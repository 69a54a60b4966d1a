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
  ]

  @Test(arguments: faults.indices)
  func saysWhatIsWrong(index: Int) {
    var parameters = SamplingParameters()
    Self.faults[index].fault(&parameters)
    let error = #expect(throws: SettingsError.self) { try parameters.validate() }
    #expect(error?.description == Self.faults[index].sentence + ".")
  }
}
