import Foundation
import JSON
import Testing

@testable import GPT2

/// What transformers' GenerationConfig has, and what is made of it.
@Suite struct GenerationConfigurationTests {
  /// `GenerationConfig().to_dict()` of transformers 5.23.
  private static let names: [String] = {
    let file = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../Conformance/generation_config_keys.txt").standardized
    return ((try? String(contentsOf: file, encoding: .utf8)) ?? "").split(separator: "\n").map(String.init)
  }()

  /// Those that change no text, or none that this program writes, with the reason.
  private static let harmless: [String: String] = {
    let reasons: [String: [String]] = [
      "how the answer is given in Python": [
        "output_attentions", "output_hidden_states", "output_scores", "output_logits", "return_dict_in_generate",
      ],
      "how memory and time are spent": [
        "use_cache", "cache_implementation", "cache_config", "max_cache_len", "compile_config", "disable_compile",
        "continuous_batching_config", "low_memory", "prefill_chunk_size",
      ],
      "how tokens are guessed, of which the texts are no others": [
        "use_mtp", "is_assistant", "num_assistant_tokens", "num_assistant_tokens_schedule",
        "assistant_confidence_threshold", "prompt_lookup_num_tokens", "max_matching_ngram_size", "assistant_early_exit",
        "assistant_lookbehind", "target_lookbehind", "assistant_ensemble_weight", "speculation_type",
      ],
      "logits that are not finite are an error": ["remove_invalid_values"],
      "no text is padded": ["pad_token_id"],
      "no setting, but the model's: a text without a prompt begins with it": ["bos_token_id"],
      "there is no encoder": ["decoder_start_token_id"],
      "where the file comes from": ["_from_model_config", "transformers_version"],
    ]
    return Dictionary(
      reasons.flatMap { reason, names in names.map { ($0, reason) } }, uniquingKeysWith: { "\($0); \($1)" })
  }()

  private func resolve(_ file: String, _ change: (inout GenerationOverrides) -> Void = { _ in }) throws
    -> GenerationSettings
  {
    var overrides = GenerationOverrides()
    change(&overrides)
    return try GenerationSettings(
      overrides, preset: .hf5, configuration: .object([]), generationConfiguration: JSON(parsing: file))
  }

  /// Each is a setting that files say, or left out with a notice, or without one for a reason: one and no other.
  @Test func everyNameIsKnown() {
    #expect(Self.names.count == 73)
    let settings = Set(Setting.table.filter { $0.columns.places != .commandLine }.map(\.setting.rawValue))
    let unsupported = Set(UnsupportedSetting.table.map(\.name))
    for name in Self.names {
      let places = [settings.contains(name), unsupported.contains(name), Self.harmless[name] != nil]
      #expect(places.count { $0 } == 1, "\(name)")
    }
    #expect(unsupported.union(Self.harmless.keys).isSubset(of: Self.names))
  }

  @Test func whatAsksForNothingIsNotTold() throws {
    let asks: [String: (nothing: String, something: String)] = [
      "num_beam_groups": ("1", "2"), "diversity_penalty": ("0.0", "0.5"), "penalty_alpha": ("0.0", "0.6"),
      "token_healing": ("false", "true"),
    ]
    for name in UnsupportedSetting.table.map(\.name) {
      let (nothing, something) = asks[name] ?? ("null", "[[1]]")
      for neutral in ["null", nothing] { #expect(try resolve("{\"\(name)\": \(neutral)}").notices.isEmpty, "\(name)") }
      let notices = try resolve("{\"\(name)\": \(something)}").notices
      #expect(notices.count == 1 && notices[0].hasPrefix("\(name) in generation_config.json is not supported"))
    }
  }

  @Test func thePromptsPenaltiesAreRead() throws {
    let file = #"{"encoder_repetition_penalty": 3.0, "encoder_no_repeat_ngram_size": 2}"#
    let settings = try resolve(file)
    #expect(settings.sampling.encoderRepetitionPenalty == 3 && settings.sampling.encoderNoRepeatNgramSize == 2)
    #expect(settings.sampling.needsHost && settings.notices.isEmpty)
    #expect(throws: SettingsError.self) { try resolve(#"{"encoder_repetition_penalty": 0}"#) }
  }

  /// In transformers a string that ends a text stays; in OpenAI's API, which flags and fields follow, it goes.
  @Test func aFilesStopStringsStay() throws {
    let file = #"{"stop_strings": ["RICHARD"]}"#
    let settings = try resolve(file)
    #expect(settings.includesStop && settings.sources[.includesStop] == .generationConfiguration)
    #expect(try resolve(file) { $0.includesStop = false }.includesStop == false)
    #expect(try resolve(file) { $0.stop = ["x"] }.includesStop == false)
    #expect(try resolve(file) { $0.stopTokens = [5] }.includesStop == false)
    for none in ["{}", #"{"stop_strings": null}"#, #"{"stop_strings": [""]}"#] {
      #expect(try resolve(none).sources[.includesStop] == .programDefault)
    }
  }

  /// As transformers 5.23, which takes these for off, and writes the same texts as without them.
  @Test func whatIsOutOfRangeMayBeOff() throws {
    let sampling = try resolve(
      #"""
      {"do_sample": 1, "top_p": 1.5, "typical_p": 5, "epsilon_cutoff": -1, "eta_cutoff": 2, "no_repeat_ngram_size": -1,
       "encoder_no_repeat_ngram_size": -2, "suppress_tokens": [-1, 318], "begin_suppress_tokens": -1}
      """#
    ).sampling
    #expect(sampling.doSample && sampling.topP == 1 && sampling.typicalP == 1)
    #expect(sampling.epsilonCutoff == 0 && sampling.etaCutoff == 0)
    #expect(sampling.noRepeatNgramSize == 0 && sampling.encoderNoRepeatNgramSize == 0)
    #expect(sampling.suppressTokens == [318] && sampling.beginSuppressTokens.isEmpty)
    #expect(try resolve(#"{"do_sample": 0}"#).sampling.doSample == false)
    #expect(try resolve(#"{"do_sample": true, "top_p": 0.0}"#).sampling.topP == 1e-9)
    #expect(try resolve(#"{"do_sample": true, "top_k": 1000000000000}"#).sampling.topK == Int(Int32.max))
    #expect(try resolve(#"{"epsilon_cutoff": 1}"#).sampling.epsilonCutoff == 0)
    for (ids, ends) in [("-1", []), ("[-1, 50256]", [50256]), ("[1099511627776]", [])] as [(String, [Int32])] {
      #expect(try resolve("{\"eos_token_id\": \(ids)}").endOfText == ends)
    }
    for name in ["min_length", "min_new_tokens"] {
      let settings = try resolve("{\"\(name)\": -1, \"max_new_tokens\": 8}")
      #expect(try settings.newTokens(promptTokens: 3, contextLength: 64) == 0...8)
    }
  }

  /// As transformers 5.23, which adds up biases of any size, and knows no words of no tokens.
  @Test func biasesMayRuleOut() throws {
    let file = #"{"sequence_bias": [[[7], -Infinity], [[1, 2], 5000], [[3], -1e9]], "bad_words_ids": [[], [5]]}"#
    let sampling = try resolve(file).sampling
    #expect(sampling.sequenceBias.map(\.bias) == [-.infinity, 5000, -1e9] && sampling.badWords == [[5]])
    #expect(throws: SettingsError.self) { try resolve(#"{"sequence_bias": [[[7], NaN]]}"#) }
    #expect(throws: SettingsError.self) { try resolve("{}") { $0.badWords = [[]] } }
  }

  /// As transformers 5.23, which writes one token, one text, and takes 1 for true.
  @Test func whatAsksForNothingAsksForTheLeast() throws {
    for time in ["0.0", "-1"] {
      let settings = try resolve("{\"max_time\": \(time), \"num_return_sequences\": 0, \"early_stopping\": 1}")
      #expect(settings.maximumTime == 1e-9 && settings.samples == 1 && settings.beams.earlyStopping == .whenFull)
    }
    #expect(try resolve(#"{"max_time": null, "early_stopping": 0}"#).maximumTime == 0)
    #expect(try resolve("{}") { $0.maximumTime = 0 }.maximumTime == 0)
    #expect(throws: SettingsError.self) { try resolve(#"{"early_stopping": 2}"#) }
  }

  @Test func scoresOfBeamsMayBeMadeLogProbabilitiesAgain() throws {
    #expect(try resolve(#"{"renormalize_logits": true}"#).sampling.renormalizesLogits)
    #expect(try !resolve(#"{"renormalize_logits": null}"#).sampling.renormalizesLogits)
  }

  /// Whoever asks for them is told.
  @Test func whatIsOutOfRangeIsAMistakeInARequest() throws {
    let error = #expect(throws: SettingsError.self) { try resolve("{}") { $0.topP = 1.00000001 } }
    #expect(error?.sentence(.flags) == "--top-p must be above 0 and at most 1, found 1.00000001.")
    #expect(throws: SettingsError.self) { try resolve("{}") { $0.epsilonCutoff = 1 } }
    #expect(throws: SettingsError.self) { try resolve("{}") { $0.minNewTokens = -1 } }
    #expect(throws: SettingsError.self) { try resolve("{}") { $0.suppressTokens = [-1] } }
    #expect(throws: SettingProblem.self) { try SettingKind<[Int32]>.tokens.askedValue(of: .integer(-1)) }
    #expect(throws: SettingProblem.self) { try SettingKind<Bool>.boolean.askedValue(of: .integer(1)) }
  }

  @Test func refusalsNameTheFile() throws {
    func sentence(_ file: String, _ change: (inout GenerationOverrides) -> Void = { _ in }) -> (String?, Bool?) {
      let error = #expect(throws: SettingsError.self) { try resolve(file, change) }
      return (error?.sentence(.flags), error?.isOfModel)
    }
    let rest = ": beams end at an end of text or at their most tokens."
    let both = #"{"stop_strings": "x", "num_beams": 3}"#
    #expect(
      sentence(both)
        == (
          "stop_strings in generation_config.json cannot be used with num_beams in generation_config.json" + rest, true
        ))
    #expect(
      sentence(both) { $0.beams = 2 }
        == ("stop_strings in generation_config.json cannot be used with --num-beams" + rest, false))
    let asked = sentence("{}") { ($0.beams, $0.stop) = (2, ["x"]) }
    #expect(asked == ("--stop cannot be used with --num-beams" + rest, false))

    let guided = #"{"guidance_scale": 1.5, "num_beams": 3}"#
    let ofFile = "guidance_scale in generation_config.json cannot be used with "
    let leave = ": leave one of them out."
    #expect(sentence(guided) == (ofFile + "num_beams in generation_config.json" + leave, true))
    #expect(sentence(guided) { ($0.beams, $0.echo) = (1, true) } == (ofFile + "--echo" + leave, false))
  }
}
