package import GPT2

extension CompletionRequest {
  /// The request as the model takes it, one for each prompt.
  ///
  /// - Parameters:
  ///   - model: The model, whose vocabulary and context all prompts and settings are checked against.
  ///   - defaults: What holds where the request says nothing; OpenAI's defaults where neither names a preset.
  /// - Throws: ``CompletionError`` for what the model cannot do.
  package func requests(
    _ model: PretrainedModel, defaults: CompletionDefaults = CompletionDefaults()
  ) throws(CompletionError) -> [TextRequest] {
    let settings = try CompletionError.naming(names, field) {
      () throws(SettingsError) -> GenerationSettings in
      try options.completionSettings(model, defaults, samples: bestOf)
    }
    try checkCounts(settings)
    var requests: [TextRequest] = []
    for prompt in prompts.isEmpty ? [.tokens([])] : prompts {
      let request = try CompletionError.naming(names, field) { () throws(SettingsError) -> TextRequest in
        try model.request(
          for: prompt.truncated(to: truncation, model, parsesSpecial: parsesSpecial), settings,
          wantsLogProbabilities: logProbabilities != nil || bestOf != nil,
          parsesSpecial: parsesSpecial)
      }
      try request.checkRoom(for: overrides.maxNewTokens, model, param: field(of: .maxNewTokens) ?? "max_tokens")
      requests.append(request)
    }
    return requests
  }
}

extension RequestOptions {
  /// The settings of a request of OpenAI's form: over HTTP, or as a line of a batch.
  ///
  /// - Parameters:
  ///   - defaults: What holds where the request says nothing; OpenAI's defaults where neither names a preset.
  ///   - samples: How many texts are written, where not as many as the request asks for.
  package func completionSettings(
    _ model: PretrainedModel, _ defaults: CompletionDefaults, samples: Int? = nil
  ) throws(SettingsError) -> GenerationSettings {
    let preset = preset ?? defaults.preset
    var others = defaults.overrides
    if preset == nil {
      // The text that a model's author puts before prompts is not OpenAI's, and would shift what is scored.
      others = GenerationOverrides.completionsDefaults.overridden(by: others)
      others.prefix = others.prefix ?? ""
    }
    var overrides = try applied(to: others, model)
    overrides.samples = samples ?? overrides.samples
    return try model.settings(overrides, preset: preset ?? .hf5)
  }
}

extension CompletionRequest {
  /// What the settings are called in the request.
  private var names: SettingNames {
    .fields(asked: fieldNames, truncation: "'truncate_prompt_tokens'") { $0.completionsField ?? $0.itemField }
  }

  /// A setting's field: the one that the request has, else the first of its names.
  func field(of setting: Setting) -> String? {
    fieldNames[setting] ?? setting.row.columns.completionsField ?? setting.row.columns.itemField
  }
}
