package import GPT2

extension TextGenerationRequest {
  /// The request as the model takes it; its text comes without the prompt.
  ///
  /// - Throws: ``CompletionError`` for what the model cannot do.
  package func request(
    _ model: PretrainedModel, defaults: CompletionDefaults = CompletionDefaults()
  ) throws(CompletionError) -> TextRequest {
    let request = try CompletionError.naming(Self.names, \.row.columns.itemField) {
      () throws(SettingsError) -> TextRequest in
      let settings = try model.settings(overrides(defaults), preset: defaults.preset ?? .hf5)
      return try model.request(
        for: Prompt.text(inputs).truncated(to: truncation, model, parsesSpecial: true), settings,
        wantsLogProbabilities: true)
    }
    try request.checkRoom(for: overrides.maxNewTokens, model, param: "max_new_tokens")
    return request
  }

  /// What is asked for, by the request or else by others.
  private func overrides(_ defaults: CompletionDefaults) -> GenerationOverrides {
    var merged = defaults.overrides
    let isDrawn = overrides.doSample == true || overrides.settingThatImpliesDrawing != nil
    if defaults.preset == nil {
      merged = GenerationOverrides.textGenerationDefaults.overridden(by: merged)
      merged.doSample = defaults.overrides.doSample ?? (defaults.overrides.settingThatImpliesDrawing != nil)
    }
    merged = merged.overridden(by: overrides)
    if isDrawn { merged.doSample = true }
    merged.samples = bestOf
    merged.returnsFullText = false
    if wantsPromptDetails { merged.echo = true }
    return merged
  }

  private static let names = SettingNames.fields(truncation: "'truncate'", \.itemField)
}

extension GenerationOverrides {
  /// What text-generation-inference documents as the defaults of its parameters.
  fileprivate static let textGenerationDefaults = {
    var overrides = GenerationOverrides(maxNewTokens: 100)
    overrides.prefix = ""
    return overrides
  }()
}
