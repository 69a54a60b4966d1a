internal import Sampling

/// A generation setting, by the name that Hugging Face's files and this program's JSON give it.
///
/// `row` says everything else about it. Flags, fields of batch items, help, `--show-config`, defaults and ranges
/// follow from it; only the property that takes a flag's value is written out once more, in the program's options.
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
}

extension Setting {
  /// The command line's flag; nil where only files say the setting.
  package var flag: String? { row.flag }

  /// Every setting's row, in the order of `--show-config`.
  package static let table: [any SettingRow] = allCases.map(\.row)

  /// The setting's row: how it is called, read, checked and stored.
  package var row: any SettingRow {
    switch self {
    case .doSample:
      ValueRow(
        SettingColumns(self, flag: "--greedy", help: "Always take the likeliest token."),
        .boolean, \.doSample, \.sampling.doSample, or: false)
    case .temperature:
      ValueRow(
        SettingColumns(
          self, completionsField: "temperature", impliesDrawing: true, argument: "number",
          help: "Above 1 flattens the distribution, below 1 sharpens it (default: the model's, else 0.7)."),
        .number, \.temperature, \.sampling.temperature, or: 1, .positive)
    case .topK:
      ValueRow(
        SettingColumns(
          self, impliesDrawing: true, argument: "count",
          help: "Draw from this many of the likeliest tokens; 0 from all (default: the model's, else 50)."),
        .integer, \.topK, \.sampling.topK, or: 50, .countOrOff)
    case .topP:
      ValueRow(
        SettingColumns(
          self, completionsField: "top_p", impliesDrawing: true, argument: "share",
          help: "Draw from the likeliest tokens that hold this much of the probability (default: the model's, else 1)."),
        .number, \.topP, \.sampling.topP, or: 1, .shareAboveZero)
    case .minP:
      ValueRow(
        SettingColumns(
          self, impliesDrawing: true, argument: "share",
          help: "Leave out tokens less likely than this share of the likeliest."),
        .number, \.minP, \.sampling.minP, or: 0, .share)
    case .typicalP:
      ValueRow(
        SettingColumns(
          self, impliesDrawing: true, argument: "share",
          help: "Draw from the tokens of the most typical surprise, up to this probability."),
        .number, \.typicalP, \.sampling.typicalP, or: 1, .shareAboveZero)
    case .repetitionPenalty:
      ValueRow(
        SettingColumns(
          self, argument: "number", help: "Above 1 makes tokens that were there before less likely."),
        .number, \.repetitionPenalty, \.sampling.repetitionPenalty, or: 1, .positive)
    case .noRepeatNgramSize:
      ValueRow(
        SettingColumns(
          self, argument: "count", help: "No sequence of this many tokens comes twice; 0 allows all."),
        .integer, \.noRepeatNgramSize, \.sampling.noRepeatNgramSize, or: 0, .countOrOff)
    case .badWords:
      ValueRow(
        SettingColumns(
          self, flag: "--bad-word", argument: "word",
          help: "A word that must not come, at the start of a text or after a space; repeatable."),
        .tokenLists, \.badWords, \.sampling.badWords, or: [], .tokenLists)
    case .maxLength: LengthRow(.maximum, isTotal: true)
    case .maxNewTokens: LengthRow(.maximum, isTotal: false)
    case .minLength: LengthRow(.minimum, isTotal: true)
    case .minNewTokens: LengthRow(.minimum, isTotal: false)
    case .samples:
      ValueRow(
        SettingColumns(
          self, flag: "-n", completionsField: "n", argument: "count",
          help: "How many texts; the prompt is computed once (default: the model's, else 1)."),
        .integer, \.samples, \.samples, or: 1, .integers(1...1_000_000))
    case .seed:
      // Ten digits at most: easy to type again, and whole in every JSON reader.
      ValueRow(
        SettingColumns(
          self, completionsField: "seed", places: .commandLine, argument: "number",
          help: "The key of the random numbers: the same seed, the same text (default: one at random)."),
        .seed, \.seed, \.seed, or: UInt64(UInt32.random(in: .min ... .max)))
    case .stop:
      ValueRow(
        SettingColumns(
          self, flag: "--stop", completionsField: "stop", argument: "string",
          help: "A string that ends a text, and is not part of it; repeatable."),
        .strings, \.stop, \.stop, or: [])
    case .prefix:
      ValueRow(
        SettingColumns(
          self, places: .filesAndConfiguration, argument: "text",
          help: "Text put before the prompt for the model, and not shown."),
        .string, \.prefix, \.prefix, or: "")
    case .endOfText:
      ValueRow(fileOnly: self, .tokens, \.endOfText, or: [50256])
    case .ignoresEndOfText:
      ValueRow(
        SettingColumns(self, places: .commandLine, help: "Write on after an end of text."),
        .boolean, \.ignoresEndOfText, \.ignoresEndOfText, or: false)
    case .returnsFullText:
      ValueRow(
        SettingColumns(
          self, completionsField: "echo", places: .commandLine,
          help: "Print the prompt as part of the text (default: yes)."),
        .boolean, \.returnsFullText, \.returnsFullText, or: true)
    }
  }
}
