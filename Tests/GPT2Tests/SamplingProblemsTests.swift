import Sampling
import Testing

@testable import GPT2

/// Sampling parameters outside their ranges.
@Suite struct SamplingProblemsTests {
  @Test func defaultsAreValid() throws { try SamplingParameters().validate() }

  private static let faults: [(fault: @Sendable (inout SamplingParameters) -> Void, sentence: String)] = [
    ({ $0.topP = -1 }, "--top-p must be above 0 and at most 1, found -1"),
    ({ $0.topP = .nan }, "--top-p must be above 0 and at most 1, found nan"),
    ({ $0.topP = 1.5 }, "--top-p must be above 0 and at most 1, found 1.5"),
    ({ $0.temperature = 0 }, "--temperature must be above 0 and finite, found 0"),
    ({ $0.temperature = .infinity }, "--temperature must be above 0 and finite, found inf"),
    ({ $0.topK = -1 }, "--top-k must be 0 (off) to 2147483647, found -1"),
    ({ $0.minP = 2 }, "--min-p must be from 0 to 1, found 2"),
    ({ $0.typicalP = 0 }, "--typical-p must be above 0 and at most 1, found 0"),
    ({ $0.repetitionPenalty = -.infinity }, "--repetition-penalty must be above 0 and finite, found -inf"),
    ({ $0.noRepeatNgramSize = .max }, "--no-repeat-ngram-size must be 0 (off) to 2147483647, found \(Int.max)"),
    ({ $0.badWords = [[1], []] }, "--bad-word must be lists of at least one token id, found an empty list"),
    ({ $0.badWords = [[1], [2, -5]] }, "--bad-word must be token ids of 0 and above, found -5"),
  ]

  @Test(arguments: faults.indices)
  func saysWhatIsWrong(index: Int) {
    var parameters = SamplingParameters()
    Self.faults[index].fault(&parameters)
    let error = #expect(throws: SettingsError.self) { try parameters.validate() }
    #expect(error?.description == Self.faults[index].sentence)
  }
}
