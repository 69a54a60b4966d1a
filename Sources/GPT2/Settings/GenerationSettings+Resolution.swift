internal import Sampling
package import JSON

extension GenerationSettings {
  /// Works out every setting: the command line comes first, then ``SettingsPreset``.
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
  ///   - overrides: Those of the command line.
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
      throw SettingsError(
        "--preset card reads task_specific_params.text-generation in config.json, which this model does not have.")
    }
    if let generationConfiguration, generationConfiguration.members == nil {
      throw SettingsError(
        "generation_config.json must be an object, found \(generationConfiguration.kind).", isOfModel: true)
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
    if overrides.doSample == nil, !sampling.doSample, let flag = overrides.flagThatImpliesDrawing {
      sampling.doSample = true
      layers.attribute(.doSample, to: .flag(flag))
    }
    sources = layers.sources
    try checkRanges()
    notices = places.flatMap { place in
      UnsupportedSetting.table.filter { $0.isAsked(in: place.members) }.map {
        "\($0.name) in \(place.source) is not supported and is left out."
      }
    }
  }

  /// `task_specific_params.text-generation`, where config.json has it.
  private static func card(in configuration: JSON) throws(SettingsError) -> JSON? {
    guard let parameters = configuration["task_specific_params"], !parameters.isNull else { return nil }
    guard parameters.members != nil else {
      throw SettingsError(
        "task_specific_params in config.json must be an object, found \(parameters.kind).", isOfModel: true)
    }
    guard let card = parameters["text-generation"], !card.isNull else { return nil }
    guard card.members != nil else {
      throw SettingsError(
        "task_specific_params.text-generation in config.json must be an object, found \(card.kind).",
        isOfModel: true)
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
      let isAsked = if case .flag = source { true } else { false }
      if sampling.doSample || !row.columns.impliesDrawing || isAsked {
        throw SettingsError("\(source.subject(row.setting)) \(problem).", isOfModel: !isAsked)
      }
    }
  }
}
