import Checkpoint
import Foundation
import Sampling
import Testing

@testable import Backend
@testable import Engine
@testable import GPT2

/// What users of the library see of an error.
@Suite struct SettingsErrorTests {
  /// Names in messages are names that one can write.
  @Test func propertiesAreThoseOfTheOverrides() {
    let properties = Set(Mirror(reflecting: GenerationOverrides()).children.compactMap(\.label))
    #expect(Set(Setting.allCases.filter { $0.flag != nil }.map(\.property)) == properties)
  }

  private static let samples: [SettingsError] = [
    .outOfRange(.topP, source: .asked(.topP), problem: "must be above 0, found -1"),
    .wrongType(.topP, source: .generationConfiguration, problem: "must be a number, found a string"),
    .notAnObject("generation_config.json", found: "an array"), .noCardPreset, .promptTooLong(tokens: 300, limit: 256),
    .lengthBelowPrompt(limit: 5, source: .asked(.maxLength), promptTokens: 6),
    .minimumAboveLimit(.minLength, minimum: 9, limit: 5, isContext: true),
    .minimumAboveLimit(.minNewTokens, minimum: 9, limit: 5, isContext: false), .emptyPrompt, .emptyText,
    .unknownToken(7, vocabularySize: 5), .strideOutOfRange(0, contextLength: 9),
    .noTokenizer(model: "m", problem: " has none"),
    .textWithoutTokenizer(.prefix, source: .asked(.prefix), model: "m", problem: " has none"),
    .textWithoutTokenizer(.stop, source: .generationConfiguration, model: "m", problem: " has none"),
  ]

  @Test(arguments: samples)
  func namesNoFlags(_ error: SettingsError) {
    #expect(!error.description.contains("--") && !error.description.contains(" '"))
    #expect(error.description.hasSuffix(".") && error.localizedDescription == error.description)
  }

  @Test func theCommandLineAndItemsHaveNamesOfTheirOwn() {
    let error = SettingsError.outOfRange(.samples, source: .asked(.samples), problem: "must be from 1, found 0")
    #expect(error.description == "samples must be from 1, found 0.")
    #expect(error.sentence(.flags) == "-n must be from 1, found 0.")
    #expect(error.sentence(.fields(\.itemField)) == "'n' must be from 1, found 0.")
    let long = SettingsError.promptTooLong(tokens: 300, limit: 256)
    #expect(long.sentence(.flags).hasSuffix("or cut it with --overflow left-truncate."))
    #expect(long.description.hasSuffix("or cut it with the overflow leftTruncate."))
  }

  @Test func onlyFilesAreTheModelsFault() {
    #expect(Self.samples.filter(\.isOfModel).count == 3)
  }

  @Test func everyErrorOfTheLibraryHasItsSentence() {
    let errors: [any Error & CustomStringConvertible] = [
      CheckpointError("config.json", "is missing"), DeviceError(description: "There is no device 9."),
      WeightError(file: "model.safetensors", tensor: "wte.weight", problem: "is not finite"), SamplingError.notFinite,
      RequestQueueError.full,
      CacheError(description: "There is no room."), OpenCLError(routine: "clFinish", status: .outOfResources),
    ]
    for error in errors { #expect(error.localizedDescription == "\(error)") }
  }
}
