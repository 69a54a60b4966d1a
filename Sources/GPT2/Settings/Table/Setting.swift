/// A generation setting, by the name that Hugging Face's files and this program's JSON give it.
///
/// `row` says everything else about it. Flags, fields of batch items, help, `--show-config`, defaults and ranges
/// follow from it; only the property that takes a flag's value is written out once more, in the program's options.
public enum Setting: String, Sendable, Hashable, CaseIterable {
  case doSample = "do_sample"
  case temperature
  case topH = "top_h"
  case topK = "top_k"
  case topP = "top_p"
  case minP = "min_p"
  case typicalP = "typical_p"
  case epsilonCutoff = "epsilon_cutoff"
  case etaCutoff = "eta_cutoff"
  case repetitionPenalty = "repetition_penalty"
  case encoderRepetitionPenalty = "encoder_repetition_penalty"
  case presencePenalty = "presence_penalty"
  case frequencyPenalty = "frequency_penalty"
  case logitBias = "logit_bias"
  case sequenceBias = "sequence_bias"
  case exponentialDecay = "exponential_decay_length_penalty"
  case noRepeatNgramSize = "no_repeat_ngram_size"
  case encoderNoRepeatNgramSize = "encoder_no_repeat_ngram_size"
  case badWords = "bad_words_ids"
  case suppressTokens = "suppress_tokens"
  case beginSuppressTokens = "begin_suppress_tokens"
  case allowedTokens = "allowed_token_ids"
  case forcedBOSToken = "forced_bos_token_id"
  case forcedEOSTokens = "forced_eos_token_id"
  case renormalizesLogits = "renormalize_logits"
  case guidanceScale = "guidance_scale"
  case negativePrompt = "negative_prompt"
  case maxLength = "max_length"
  case maxNewTokens = "max_new_tokens"
  case minLength = "min_length"
  case minNewTokens = "min_new_tokens"
  case maximumTime = "max_time"
  case beams = "num_beams"
  case lengthPenalty = "length_penalty"
  case earlyStopping = "early_stopping"
  case samples = "num_return_sequences"
  case seed
  case stop = "stop_strings"
  case stopTokens = "stop_token_ids"
  case includesStop = "include_stop_str_in_output"
  case prefix
  case endOfText = "eos_token_id"
  case ignoresEndOfText = "ignore_eos"
  case returnsFullText = "return_full_text"
  case topLogProbabilities = "top_logprobs"
  case echo = "prompt_logprobs"
}

extension Setting {
  /// The command line's flag; nil where only files say the setting.
  package var flag: String? { row.flag }

  /// Every setting's row, in the order of `--show-config`.
  package static let table: [any SettingRow] = allCases.map(\.row)

  /// The rows whose values hold token ids.
  static let rowsOfTokens: [any SettingRow] = [
    Setting.logitBias, .sequenceBias, .badWords, .suppressTokens, .beginSuppressTokens, .allowedTokens, .forcedBOSToken,
    .forcedEOSTokens, .stopTokens,
  ].map(\.row)
}
