package import GPT2

/// A request to OpenAI's /v1/completions, as a line of a batch or the body of an HTTP request has it
/// (https://platform.openai.com/docs/api-reference/completions/create), with fields that vLLM adds, and `generate`'s.
package struct CompletionRequest: Sendable {
  /// The prompts; empty where the request gives none.
  package var prompts: [Prompt] = []
  /// What it says of the texts.
  package var options = RequestOptions()
  /// The model that it asks for.
  package var model: String?
  /// How many texts of each prompt are written, of which ``samples`` are given back; nil for as many.
  package var bestOf: Int?
  /// How many of the likeliest tokens are wanted beside each; nil where no log-probabilities are.
  package var logProbabilities: Int?
  /// Whether the answer is a stream of events.
  package var isStreamed = false
  /// Whether the stream ends with the tokens that were counted.
  package var includesUsage = false
  /// Whether the tokens' ids are wanted.
  package var returnsTokenIDs = false
  /// Whether special tokens that a prompt spells out are those tokens.
  package var parsesSpecial = false
  /// The most tokens of a prompt, of which the first are left out; nil where a longer one is refused.
  package var truncation: Int?

  /// The names by which it asks for settings, of which some have several.
  var fieldNames: [Setting: String] = [:]

  let limits: CompletionLimits

  /// What it asks of the settings.
  package var overrides: GenerationOverrides { options.overrides }
  package var preset: SettingsPreset? { options.preset }
  /// How many texts are given back for each prompt.
  package var samples: Int { overrides.samples ?? 1 }
  /// Whether the prompt is part of the text.
  package var echo: Bool { overrides.returnsFullText == true }
}
