internal import Sampling
public import JSON

extension GenerationSettings {
  /// The longest length that is believed, in tokens, and the most samples.
  private static let longest = 1_000_000_000
  private static let mostSamples = 1_000_000

  /// Works out every setting: the command line comes first, then what ``SettingsPreset`` says.
  ///
  /// - `card`: `task_specific_params.text-generation` of config.json, generation_config.json, transformers' defaults.
  /// - `hf5`: generation_config.json, the defaults of transformers 5's text-generation pipeline (256 new tokens, drawn
  ///   with temperature 0.7), transformers' defaults.
  ///
  /// Transformers' defaults are 20 new tokens, greedy; where tokens are drawn, top-k is 50 unless somebody says 0.
  ///
  /// - Parameters:
  ///   - overrides: What the command line says.
  ///   - preset: Whose defaults hold; where `nil`, `card` for a model whose config.json carries them, else `hf5`.
  ///   - configuration: config.json.
  ///   - generationConfiguration: generation_config.json, where the model has one.
  /// - Throws: ``SettingsError`` for a value of a wrong type or out of bounds.
  public init(
    _ overrides: GenerationOverrides, preset: SettingsPreset? = nil, configuration: JSON,
    generationConfiguration: JSON? = nil
  ) throws(SettingsError) {
    let card = try Self.card(in: configuration)
    if preset == .card, card == nil {
      throw SettingsError(
        "--preset card reads task_specific_params.text-generation in config.json, which this model does not have.")
    }
    if let generationConfiguration, generationConfiguration.members == nil {
      throw SettingsError("generation_config.json must be an object, found \(generationConfiguration.kind).")
    }
    self.preset = preset ?? (card == nil ? .hf5 : .card)

    let file = SettingsLayers.Layer(
      source: .generationConfiguration, members: generationConfiguration ?? .object([]))
    var layers =
      if self.preset == .card, let card {
        SettingsLayers([SettingsLayers.Layer(source: .taskSpecificParameters, members: card), file])
      } else {
        SettingsLayers([file, SettingsLayers.Layer(source: .preset(.hf5), members: Self.pipelineDefaults)])
      }
    try resolveSampling(overrides, &layers)
    try resolveText(overrides, configuration, &layers)
    sources = layers.sources
    try checkSampling()
    notices = Self.unsupported(in: layers.layers)
  }

  /// `task_specific_params.text-generation`, where config.json has it.
  private static func card(in configuration: JSON) throws(SettingsError) -> JSON? {
    guard let parameters = configuration["task_specific_params"], !parameters.isNull else { return nil }
    guard parameters.members != nil else {
      throw SettingsError("task_specific_params in config.json must be an object, found \(parameters.kind).")
    }
    guard let card = parameters["text-generation"], !card.isNull else { return nil }
    guard card.members != nil else {
      throw SettingsError(
        "task_specific_params.text-generation in config.json must be an object, found \(card.kind).")
    }
    return card
  }

  /// `TextGenerationPipeline._default_generation_config` of transformers 5.
  private static let pipelineDefaults = JSON.object([
    JSON.Member(Setting.maxNewTokens.rawValue, .integer(256)),
    JSON.Member(Setting.doSample.rawValue, .boolean(true)),
    JSON.Member(Setting.temperature.rawValue, .number(0.7)),
  ])

  private mutating func resolveSampling(
    _ overrides: GenerationOverrides, _ layers: inout SettingsLayers
  ) throws(SettingsError) {
    sampling.doSample = try layers.value(.doSample, overrides.doSample, or: false, as: .boolean)
    sampling.temperature = try layers.value(.temperature, overrides.temperature, or: 1, as: .number)
    sampling.topK = try layers.value(.topK, overrides.topK, or: 50, as: .integer)
    sampling.topP = try layers.value(.topP, overrides.topP, or: 1, as: .number)
    sampling.minP = try layers.value(.minP, overrides.minP, or: 0, as: .number)
    sampling.typicalP = try layers.value(.typicalP, overrides.typicalP, or: 1, as: .number)
    sampling.repetitionPenalty = try layers.value(
      .repetitionPenalty, overrides.repetitionPenalty, or: 1, as: .number)
    sampling.noRepeatNgramSize = try layers.value(
      .noRepeatNgramSize, overrides.noRepeatNgramSize, or: 0, as: .integer)
    sampling.badWords = try layers.value(.badWords, overrides.badWords, or: [], as: .tokenLists)
    // Whoever asks for a way of drawing wants tokens drawn, whatever a file says.
    let asked: [Setting] = [.temperature, .topK, .topP, .minP, .typicalP]
    if overrides.doSample == nil, !sampling.doSample,
      let setting = asked.first(where: { layers.sources[$0] == .flag($0.flag) })
    {
      sampling.doSample = true
      layers.attribute(.doSample, to: .flag(setting.flag))
    }
  }

  private mutating func resolveText(
    _ overrides: GenerationOverrides, _ configuration: JSON, _ layers: inout SettingsLayers
  ) throws(SettingsError) {
    maximumLength = try layers.length(
      total: .maxLength, overrides.maxLength, new: .maxNewTokens, overrides.maxNewTokens, or: 20, in: 1...Self.longest)
    minimumLength = try layers.length(
      total: .minLength, overrides.minLength, new: .minNewTokens, overrides.minNewTokens, or: 0, in: 0...Self.longest)
    samples = try layers.value(.samples, overrides.samples, or: 1, as: .integer)
    guard (1...Self.mostSamples).contains(samples) else {
      let subject = layers.sources[.samples, default: .transformersDefault].subject(.samples)
      throw SettingsError("\(subject) must be from 1 to \(Self.mostSamples), found \(samples).")
    }
    stop = try layers.value(.stop, overrides.stop, or: [], as: .strings).filter { !$0.isEmpty }
    prefix = try layers.value(.prefix, overrides.prefix, or: "", as: .string)
    // Ten digits at most: easy to type again, and whole in every JSON reader.
    seed = overrides.seed ?? UInt64(UInt32.random(in: .min ... .max))
    layers.attribute(.seed, to: overrides.seed == nil ? .programDefault : .flag(Setting.seed.flag))
    ignoresEndOfText = overrides.ignoresEndOfText ?? false
    layers.attribute(
      .ignoresEndOfText,
      to: overrides.ignoresEndOfText == nil ? .programDefault : .flag(Setting.ignoresEndOfText.flag))
    returnsFullText = overrides.returnsFullText ?? true
    layers.attribute(
      .returnsFullText,
      to: overrides.returnsFullText == nil ? .programDefault : .flag(Setting.returnsFullText.flag))

    var withConfiguration = SettingsLayers(
      layers.layers + [SettingsLayers.Layer(source: .configuration, members: configuration)])
    endOfText = try withConfiguration.value(.endOfText, nil, or: [50256], as: .tokens)
    layers.attribute(.endOfText, to: withConfiguration.sources[.endOfText] ?? .transformersDefault)
  }

  /// Checks the values of sampling; files may say anything about drawing where nothing is drawn (`temperature: 0`).
  private func checkSampling() throws(SettingsError) {
    let drawing: Set<Setting> = [.temperature, .topK, .topP, .minP, .typicalP]
    for (setting, problem) in sampling.problems {
      let source = sources[setting] ?? .transformersDefault
      if sampling.doSample || !drawing.contains(setting) || source == .flag(setting.flag) {
        throw SettingsError("\(source.subject(setting)) \(problem).")
      }
    }
  }

  /// What files ask for and is not done: the text would not be what transformers writes.
  private static func unsupported(in layers: [SettingsLayers.Layer]) -> [String] {
    let neutral: [(field: String, value: Double)] = [
      ("num_beams", 1), ("num_beam_groups", 1), ("penalty_alpha", 0), ("epsilon_cutoff", 0), ("eta_cutoff", 0),
      ("guidance_scale", 1),
    ]
    let absent = [
      "sequence_bias", "suppress_tokens", "begin_suppress_tokens", "forced_bos_token_id", "forced_eos_token_id",
      "exponential_decay_length_penalty", "top_h", "watermarking_config",
    ]
    return layers.flatMap { layer in
      let changed = neutral.filter { field, value in layer.members[field]?.number.map { $0 != value } ?? false }
      let present = absent.filter { !(layer.members[$0]?.isNull ?? true) }
      return (changed.map(\.field) + present).map { "\($0) in \(layer.source) is not supported and is left out." }
    }
  }
}
