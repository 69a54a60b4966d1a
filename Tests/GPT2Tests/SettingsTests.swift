@testable import Sampling
import JSON
import Testing

@testable import GPT2

@Suite struct SettingsTests {
  private let card = """
    {"model_type": "gpt2", "eos_token_id": 50256, "task_specific_params": {"text-generation": {"do_sample": true,
     "min_length": 10, "max_length": 160, "temperature": 1.0, "top_p": 0.95, "prefix": "<|endoftext|>"}}}
    """

  private func resolve(
    _ configuration: String, _ generation: String? = nil, preset: SettingsPreset? = nil,
    _ change: (inout GenerationOverrides) -> Void = { _ in }
  ) throws -> GenerationSettings {
    var overrides = GenerationOverrides()
    change(&overrides)
    return try GenerationSettings(
      overrides, preset: preset, configuration: JSON(parsing: configuration),
      generationConfiguration: generation.map { try JSON(parsing: $0) })
  }

  @Test func aCardMeansWhatItsAuthorMeant() throws {
    let settings = try resolve(card)
    #expect(settings.preset == .card)
    #expect(settings.sampling.doSample && settings.sampling.topK == 50 && settings.sampling.topP == 0.95)
    #expect(settings.maximumLength == .total(160) && settings.minimumLength == .total(10))
    #expect(settings.prefix == "<|endoftext|>" && settings.endOfText == [50256])
    #expect(settings.sources[.topP] == .taskSpecificParameters)
    #expect(settings.sources[.topK] == .transformersDefault)
    #expect(settings.sources[.endOfText] == .configuration)
    // "My dream is" and 157 tokens: the prefix is not counted.
    #expect(try settings.newTokens(promptTokens: 3, prefixTokens: 1, contextLength: 1024) == 7...157)
  }

  @Test func transformers5NeverReadsTheCard() throws {
    for settings in [try resolve(card, preset: .hf5), try resolve("{}")] {
      #expect(settings.preset == .hf5)
      #expect(settings.sampling.doSample && settings.sampling.temperature == 0.7)
      #expect(settings.sampling.topK == 50 && settings.sampling.topP == 1 && settings.prefix.isEmpty)
      #expect(settings.maximumLength == .new(256) && settings.minimumLength == .new(0))
      #expect(settings.sources[.temperature] == .preset(.hf5))
    }
  }

  @Test func generationConfigurationComesBeforeThePipelinesDefaultsAndAfterTheCard() throws {
    let file = #"{"temperature": 0.5, "top_p": 0.8, "top_k": 0, "max_length": 77, "eos_token_id": [1, 2]}"#
    let hf5 = try resolve(card, file, preset: .hf5)
    #expect(hf5.sampling.temperature == 0.5 && hf5.sampling.topP == 0.8 && hf5.sampling.topK == 0)
    #expect(hf5.maximumLength == .total(77) && hf5.endOfText == [1, 2])
    #expect(hf5.sources[.maxLength] == .generationConfiguration && hf5.sources[.maxNewTokens] == nil)
    let card = try resolve(card, file)
    #expect(card.sampling.temperature == 1 && card.sampling.topP == 0.95 && card.sampling.topK == 0)
    #expect(card.maximumLength == .total(160))
  }

  /// Without generation_config.json: models saved before it was invented, and full dumps of 2020.
  @Test func theTopOfTheConfigurationTakesTheFilesPlace() throws {
    let dump =
      #"{"do_sample": false, "max_length": 20, "top_k": 50, "temperature": 1.0, "num_beams": 4, "prefix": null}"#
    let settings = try resolve(dump)
    #expect(!settings.sampling.doSample && settings.maximumLength == .total(20) && settings.prefix.isEmpty)
    #expect(settings.sources[.doSample] == .configuration)
    #expect(settings.beams.count == 4 && settings.sources[.beams] == .configuration)
    // With the file, only what a pipeline takes from config.json itself.
    let beside = try resolve(#"{"do_sample": false, "max_length": 20, "prefix": "P"}"#, "{}")
    #expect(beside.sampling.doSample && beside.maximumLength == .new(256) && beside.prefix == "P")
    let error = #expect(throws: SettingsError.self) { try resolve(#"{"temperature": "warm"}"#) }
    #expect(error?.isOfModel == true)
  }

  /// Of equal sequences, the last: transformers makes a dictionary of them.
  @Test func sequencesAreBiasedOnce() throws {
    let file = #"{"sequence_bias": [[[1, 2], -1.5], [[3], 1], [[1, 2], 4]], "suppress_tokens": 7}"#
    let sampling = try resolve("{}", file).sampling
    #expect(sampling.sequenceBias == [SequenceBias([1, 2], bias: 4), SequenceBias([3], bias: 1)])
    #expect(sampling.suppressTokens == [7])
  }

  @Test func tokensThatAreAskedForMustBeTheModels() throws {
    let asked = try resolve("{}") { ($0.suppressTokens, $0.logitBias) = ([3, 10], [9: 1]) }
    try asked.checkTokens(vocabularySize: 11)
    let error = #expect(throws: SettingsError.self) { try asked.checkTokens(vocabularySize: 10) }
    #expect(
      error?.sentence(.flags) == "--suppress-tokens must be token ids of this model, from 0 to 9, found 10.")
    let bias = #expect(throws: SettingsError.self) { try asked.checkTokens(vocabularySize: 9) }
    #expect(bias?.description == "logitBias must be token ids of this model, from 0 to 8, found 9.")
    // What a file says of tokens that the model does not have changes nothing.
    try resolve("{}", #"{"suppress_tokens": [99]}"#).checkTokens(vocabularySize: 10)
  }

  @Test func stopTokensEndATextWhateverTheModelsDo() throws {
    func ends(_ change: (inout GenerationOverrides) -> Void) throws -> [Int32] {
      try resolve(#"{"eos_token_id": [7, 8]}"#, nil, preset: nil, change).endingTokens
    }
    #expect(try ends { _ in } == [7, 8])
    #expect(try ends { $0.stopTokens = [8, 9] } == [7, 8, 9])
    #expect(try ends { ($0.stopTokens, $0.ignoresEndOfText) = ([8, 9], true) } == [8, 9])
    #expect(try ends { $0.ignoresEndOfText = true } == [7, 8])
  }

  @Test func nullMeansNoEndOfText() throws {
    #expect(try resolve(#"{"eos_token_id": null}"#).endOfText == [])
    #expect(try resolve(#"{"eos_token_id": 7}"#, #"{"eos_token_id": null}"#).endOfText == [])
    #expect(try resolve("{}").endOfText == [50256])
    #expect(try resolve(#"{"eos_token_id": 7}"#, "{}").endOfText == [7])
  }

  @Test func theCommandLineComesFirst() throws {
    let settings = try resolve(card, #"{"max_new_tokens": 5}"#, preset: .hf5) {
      ($0.maxLength, $0.topP, $0.samples, $0.seed, $0.prefix) = (30, 0.5, 5, .max, "X")
      ($0.stop, $0.badWords, $0.ignoresEndOfText, $0.returnsFullText) = (["a", ""], [[1]], true, false)
    }
    #expect(settings.maximumLength == .total(30) && settings.sampling.topP == 0.5 && settings.samples == 5)
    #expect(settings.seed == .max && settings.prefix == "X" && settings.stop == ["a"])
    #expect(settings.sampling.badWords == [[1]] && settings.ignoresEndOfText && !settings.returnsFullText)
    #expect(settings.sources[.topP] == .asked(.topP))
    #expect(settings.sources[.samples] == .asked(.samples))
    let row = try #require(settings.table.first { $0.setting == .maxLength })
    #expect(row.value.integer == 30)
    #expect(row.source.description == "maxLength" && row.source.text(.flags) == "--max-length")
    let both = try resolve(card) { ($0.maxLength, $0.maxNewTokens, $0.minNewTokens) = (30, 7, 4) }
    #expect(both.maximumLength == .new(7) && both.minimumLength == .new(4))
  }

  /// Both names of a limit are checked, also that which does not decide.
  @Test func everyLengthAskedForIsChecked() {
    for count in [0, -1, 1_000_000_001] {
      let error = #expect(throws: SettingsError.self) {
        try resolve(card) { ($0.maxLength, $0.maxNewTokens) = (count, 5) }
      }
      #expect(error?.description == "maxLength must be from 1 to 1000000000, found \(count).")
    }
    let fewest = #expect(throws: SettingsError.self) { try resolve(card) { ($0.minLength, $0.minNewTokens) = (-1, 5) } }
    #expect(fewest?.description.hasPrefix("minLength must be from 0") == true)
  }

  @Test func drawingIsImpliedByAskingForAWayOfIt() throws {
    let greedy = "{\"task_specific_params\": {\"text-generation\": {\"max_length\": 50}}}"
    #expect(try !resolve(greedy).sampling.doSample)
    let asked = try resolve(greedy) { $0.temperature = 0.9 }
    #expect(asked.sampling.doSample && asked.sources[.doSample] == .asked(.temperature))
    #expect(try !resolve(greedy) { ($0.temperature, $0.doSample) = (0.9, false) }.sampling.doSample)
  }

  @Test func lengthsFitTheContextAndThePrompt() throws {
    let settings = try resolve(card)
    #expect(try settings.newTokens(promptTokens: 3, prefixTokens: 1, contextLength: 100) == 7...96)
    #expect(try settings.newTokens(promptTokens: 50, prefixTokens: 1, contextLength: 1024) == 0...110)
    let long = #expect(throws: SettingsError.self) {
      try settings.newTokens(promptTokens: 160, prefixTokens: 1, contextLength: 1024)
    }
    #expect(
      long?.description.hasPrefix("max_length in config.json task_specific_params is 160, but the prompt") == true)
    let full = #expect(throws: SettingsError.self) {
      try settings.newTokens(promptTokens: 1024, prefixTokens: 1, contextLength: 1024)
    }
    #expect(full?.description.contains("1025 tokens") == true)
    let few = try resolve(card) { $0.maxNewTokens = 5 }
    #expect(try few.newTokens(promptTokens: 1, contextLength: 1024) == 5...5)
    let many = try resolve(card) { $0.minLength = 200 }
    let sentence = #expect(throws: SettingsError.self) { try many.newTokens(promptTokens: 3, contextLength: 1024) }
    #expect(
      sentence?.description
        == "minLength asks for at least 197 new tokens, but at most 157 may follow this prompt: lower it, or raise "
        + "maxLength or maxNewTokens.")
    #expect(
      sentence?.sentence(.flags)
        == "--min-length asks for at least 197 new tokens, but at most 157 may follow this prompt: lower it, or raise "
        + "--max-length or --max-new-tokens.")
  }

  @Test(arguments: [
    ("{}", #"{"top_p": "high"}"#, "top_p in generation_config.json must be a number, found a string."),
    ("{}", #"{"top_p": -7}"#, "top_p in generation_config.json must be above 0 and at most 1, found -7."),
    ("{}", #"{"temperature": NaN}"#, "temperature in generation_config.json must be above 0 and finite, found nan."),
    ("{}", #"{"top_k": 1.5}"#, "top_k in generation_config.json must be a whole number, found 1.5."),
    ("{}", #"{"do_sample": 2}"#, "do_sample in generation_config.json must be true or false, found 2."),
    (
      "{}", #"{"max_length": 99999999999999}"#,
      "max_length in generation_config.json must be from 1 to 1000000000, found 99999999999999."
    ),
    (
      "{}", #"{"min_new_tokens": 1e10}"#,
      "min_new_tokens in generation_config.json must be from 0 to 1000000000, found 10000000000."
    ),
    (
      "{}", #"{"eos_token_id": [1, "a"]}"#,
      "eos_token_id in generation_config.json must be a token id or a list of token ids, found [1,\"a\"]."
    ),
    (
      "{}", #"{"bad_words_ids": [1]}"#,
      "bad_words_ids in generation_config.json must be a list of lists of token ids, found [1]."
    ),
    (
      "{}", #"{"sequence_bias": [[[1, 2], -1.5], [[3]]]}"#,
      "sequence_bias in generation_config.json must be a list of pairs of a list of token ids and a number, found "
        + "[[[1,2],-1.5],[[3]]]."
    ),
    (
      "{}", #"{"exponential_decay_length_penalty": 3}"#,
      "exponential_decay_length_penalty in generation_config.json must be a pair of a whole number and a number, found 3."
    ),
    (
      "{}", #"{"suppress_tokens": [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, "a"]}"#,
      "suppress_tokens in generation_config.json must be a token id or a list of token ids, found an array."
    ),
    ("{}", "[]", "generation_config.json must be an object, found an array."),
    (#"{"task_specific_params": 3}"#, "{}", "task_specific_params in config.json must be an object, found a number."),
    (
      #"{"task_specific_params": {"text-generation": []}}"#, "{}",
      "task_specific_params.text-generation in config.json must be an object, found an array."
    ),
    (
      #"{"task_specific_params": {"text-generation": {"prefix": 1}}}"#, "{}",
      "prefix in config.json task_specific_params must be a string, found 1."
    ),
    (
      #"{"eos_token_id": "x"}"#, "{}",
      "eos_token_id in config.json must be a token id or a list of token ids, found a string."
    ),
  ])
  func saysWhichFieldIsWrong(configuration: String, generation: String, sentence: String) {
    let error = #expect(throws: SettingsError.self) { try resolve(configuration, generation) }
    #expect(error?.description == sentence)
  }

  @Test func saysWhichFlagIsWrong() {
    func sentence(_ change: @escaping (inout GenerationOverrides) -> Void) -> String? {
      #expect(throws: SettingsError.self) { try resolve(card, nil, change) }?.sentence(.flags)
    }
    #expect(sentence { $0.topP = -1 } == "--top-p must be above 0 and at most 1, found -1.")
    #expect(sentence { $0.samples = 0 } == "-n must be from 1 to 1000000, found 0.")
    #expect(sentence { $0.maxNewTokens = 0 } == "--max-new-tokens must be from 1 to 1000000000, found 0.")
    #expect(sentence { $0.minLength = -3 } == "--min-length must be from 0 to 1000000000, found -3.")
    #expect(sentence { ($0.doSample, $0.temperature) = (false, -1) } != nil)
    #expect(throws: SettingsError.self) { try resolve("{}", preset: .card) }
  }

  @Test func whereNothingIsDrawnAFileMaySayAnythingAboutDrawing() throws {
    #expect(try resolve("{}", #"{"do_sample": false, "temperature": 0}"#).sampling.doSample == false)
  }

  @Test func saysWhatIsLeftOut() throws {
    #expect(try resolve("{}", #"{"num_beam_groups": 1, "suppress_tokens": null}"#).notices.isEmpty)
    #expect(
      try resolve("{}", #"{"num_beam_groups": 4}"#).notices == [
        "num_beam_groups in generation_config.json is not supported and is left out; transformers 5 has moved it out of "
          + "its core, too."
      ])
    #expect(
      try resolve("{}", #"{"penalty_alpha": 0.6}"#).notices == [
        "penalty_alpha in generation_config.json is not supported and is left out; transformers 5 has moved it out of its "
          + "core, too."
      ])
    // Of a text of finite logits this changes nothing, and the scores of beams alone do of that.
    #expect(try resolve("{}", #"{"renormalize_logits": true, "remove_invalid_values": true}"#).notices.isEmpty)
  }
}
