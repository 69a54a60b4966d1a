package import GPT2

/// What holds for requests that do not say it.
package struct CompletionDefaults: Sendable {
  /// What whoever started the server asked for.
  package var overrides: GenerationOverrides
  package var preset: SettingsPreset?

  package init(overrides: GenerationOverrides = GenerationOverrides(), preset: SettingsPreset? = nil) {
    self.overrides = overrides
    self.preset = preset
  }
}

extension GenerationOverrides {
  /// What /v1/completions documents as the defaults of its parameters.
  package static let completionsDefaults = GenerationOverrides(maxNewTokens: 16)

  /// So many tokens, by the model's own probabilities.
  init(maxNewTokens: Int) {
    self.init()
    self.maxNewTokens = maxNewTokens
    (temperature, topP, topK) = (1, 1, 0)
  }
}
