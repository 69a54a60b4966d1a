/// The names of the generation settings, as Hugging Face's files and this program's JSON spell them.
public enum Setting: String, Sendable, Hashable, CaseIterable {
  case doSample = "do_sample"
  case temperature
  case topK = "top_k"
  case topP = "top_p"
  case minP = "min_p"
  case typicalP = "typical_p"
  case repetitionPenalty = "repetition_penalty"
  case noRepeatNgramSize = "no_repeat_ngram_size"
  case badWords = "bad_words_ids"
  case maxLength = "max_length"
  case maxNewTokens = "max_new_tokens"
  case minLength = "min_length"
  case minNewTokens = "min_new_tokens"
  case samples = "num_return_sequences"
  case seed
  case stop = "stop_strings"
  case prefix
  case endOfText = "eos_token_id"
  case ignoresEndOfText = "ignore_eos"
  case returnsFullText = "return_full_text"

  /// The command line's flag.
  public var flag: String {
    switch self {
    case .doSample: "--greedy"
    case .badWords: "--bad-word"
    case .samples: "-n"
    case .stop: "--stop"
    default: "--" + String(rawValue.map { $0 == "_" ? "-" : $0 })
    }
  }
}

/// Whose defaults hold where the command line says nothing.
public enum SettingsPreset: String, Sendable, Hashable, CaseIterable {
  /// What a model's author wrote into `task_specific_params.text-generation` of config.json, with the meaning that
  /// transformers' text-generation pipeline gave it from 2021 to 2025: the prefix goes before the prompt, and lengths
  /// do not count it.
  case card
  /// What the text-generation pipeline of transformers 5 does; it never reads `task_specific_params`.
  case hf5
}

/// Where the value of a setting comes from.
public enum SettingSource: Sendable, Hashable, CustomStringConvertible {
  /// A flag of the command line.
  case flag(String)
  /// generation_config.json.
  case generationConfiguration
  /// `task_specific_params.text-generation` in config.json.
  case taskSpecificParameters
  /// Another field of config.json.
  case configuration
  /// What a preset adds.
  case preset(SettingsPreset)
  /// What transformers does where nobody says anything.
  case transformersDefault
  /// What this program does where nobody says anything.
  case programDefault

  /// As `--show-config` prints it.
  public var description: String {
    switch self {
    case .flag(let flag): flag
    case .generationConfiguration: "generation_config.json"
    case .taskSpecificParameters: "config.json task_specific_params"
    case .configuration: "config.json"
    case .preset(let preset): "preset \(preset.rawValue)"
    case .transformersDefault: "transformers' default"
    case .programDefault: "default"
    }
  }

  /// A setting with its place, as the subject of a sentence about its value.
  func subject(_ setting: Setting) -> String {
    if case .flag(let flag) = self { flag } else { "\(setting.rawValue) in \(self)" }
  }
}
