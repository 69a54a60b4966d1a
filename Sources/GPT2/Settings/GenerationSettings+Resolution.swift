internal import Sampling
package import JSON

extension GenerationSettings {
  /// Works out every setting: what is asked for comes first, then ``SettingsPreset``.
  ///
  /// Without generation_config.json, the top level of config.json takes its place, as it does in transformers.
  ///
  /// - `card`: `task_specific_params.text-generation` of config.json, generation_config.json, transformers' defaults.
  /// - `hf5`: generation_config.json, the defaults of transformers 5's text-generation pipeline (256 new tokens, drawn
  ///   with temperature 0.7), transformers' defaults.
  ///
  /// Transformers' defaults are 20 new tokens, greedy; where tokens are drawn, top-k is 50 unless somebody says 0.
  ///
  /// - Parameters:
  ///   - overrides: What is asked for.
  ///   - preset: Whose defaults hold; where `nil`, `card` for a model whose config.json carries them, else `hf5`.
  ///   - configuration: config.json.
  ///   - generationConfiguration: generation_config.json, where the model has one.
  /// - Throws: ``SettingsError`` for a value of a wrong type or out of bounds.
  package init(
    _ overrides: GenerationOverrides, preset: SettingsPreset? = nil, configuration: JSON,
    generationConfiguration: JSON? = nil
  ) throws(SettingsError) {
    let card = try Self.card(in: configuration)
    if preset == .card, card == nil {
      throw .noCardPreset
    }
    if let generationConfiguration, generationConfiguration.members == nil {
      throw .notAnObject("generation_config.json", found: generationConfiguration.kind)
    }
    self.preset = preset ?? (card == nil ? .hf5 : .card)

    let top = SettingsLayers.Layer(source: .configuration, members: configuration)
    let file =
      generationConfiguration.map { SettingsLayers.Layer(source: .generationConfiguration, members: $0) } ?? top
    let places =
      if self.preset == .card, let card {
        [SettingsLayers.Layer(source: .taskSpecificParameters, members: card), file]
      } else {
        [file, SettingsLayers.Layer(source: .preset(.hf5), members: Self.pipelineDefaults)]
      }
    var layers = SettingsLayers(places, configuration: top)
    for row in Setting.table { try row.resolve(overrides, &layers, into: &self) }
    // Every text holds the empty string: as a stop it would end them all before they begin.
    stop.removeAll(where: \.isEmpty)
    // A file means what transformers does with its strings: they stay. Whoever asks for stops means OpenAI's.
    if overrides.includesStop == nil, overrides.stopTokens == nil, !stop.isEmpty, let source = layers.sources[.stop],
      !source.isAsked
    {
      includesStop = true
      layers.attribute(.includesStop, to: source)
    }
    if overrides.doSample == nil, !sampling.doSample, let asked = overrides.settingThatImpliesDrawing {
      sampling.doSample = true
      layers.attribute(.doSample, to: .asked(asked))
    }
    sources = layers.sources
    try checkRanges()
    try checkBeams()
    try checkGuidance()
    notices = places.flatMap { place in
      UnsupportedSetting.table.filter { $0.isAsked(in: place.members) }.map { $0.notice(place.source) }
    }
  }

  /// `task_specific_params.text-generation`, where config.json has it.
  private static func card(in configuration: JSON) throws(SettingsError) -> JSON? {
    guard let parameters = configuration["task_specific_params"], !parameters.isNull else { return nil }
    guard parameters.members != nil else {
      throw .notAnObject("task_specific_params in config.json", found: parameters.kind)
    }
    guard let card = parameters["text-generation"], !card.isNull else { return nil }
    guard card.members != nil else {
      throw .notAnObject("task_specific_params.text-generation in config.json", found: card.kind)
    }
    return card
  }

  /// `TextGenerationPipeline._default_generation_config` of transformers 5.
  private static let pipelineDefaults = JSON.object([
    JSON.Member(Setting.maxNewTokens.rawValue, .integer(256)),
    JSON.Member(Setting.doSample.rawValue, .boolean(true)),
    JSON.Member(Setting.temperature.rawValue, .number(0.7)),
  ])

  /// Refuses values out of range. Files may say anything about drawing where nothing is drawn (`temperature: 0`).
  private func checkRanges() throws(SettingsError) {
    for row in Setting.table {
      guard let problem = row.problem(in: self) else { continue }
      let source = sources[row.setting] ?? .transformersDefault
      if sampling.doSample || !row.columns.impliesDrawing || source.isAsked {
        throw .outOfRange(row.setting, source: source, problem: problem)
      }
    }
  }

  /// Refuses what does not go together with beams.
  private func checkBeams() throws(SettingsError) {
    guard beams.count > 1 else { return }
    if samples > beams.count { throw .moreTextsThanBeams(texts: samples, beams: beams.count) }
    if !stop.isEmpty {
      throw .stopWithBeams(stop: sources[.stop] ?? .programDefault, beams: sources[.beams] ?? .programDefault)
    }
  }

  /// Refuses what does not go together with guidance.
  private func checkGuidance() throws(SettingsError) {
    guard guidanceScale != 1 else { return }
    for (setting, isAsked) in [(Setting.beams, beams.count > 1), (.echo, echo)] where isAsked {
      throw .guidanceWith(
        setting, from: sources[setting] ?? .programDefault, guidance: sources[.guidanceScale] ?? .programDefault)
    }
  }
}
