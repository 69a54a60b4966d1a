package import Checkpoint
package import GPT2
package import JSON

/// What the page asks for before it can show anything: the model's name, its examples, its defaults and limits.
package struct WidgetConfiguration: Sendable {
  /// The answer.
  ///
  /// `{"model","examples":[{"title","text","parameters"}],"parameters":{…},"defaults":{"preset","n","presets":{NAME:{…}}},`
  /// `"limits":{"samples","context"}}`. Settings have the names of a request to /v1/completions. A preset's are those
  /// that hold where a request names it and says nothing else, so the page sends only what differs.
  package let json: JSON
  /// Why the model's card could not be read, as a sentence.
  package let notice: String?

  /// How many texts the page asks for at first, as the cards of 2021 do.
  private static let samples = 5

  /// The settings that the page has fields for, but for those of length and greediness.
  private static let shown: [Setting] = [
    .temperature, .topK, .topP, .minP, .repetitionPenalty, .noRepeatNgramSize, .stop,
  ]
  /// Those that a card may set besides.
  private static let alsoTaken: [Setting] = [
    .doSample, .maxLength, .maxNewTokens, .minLength, .minNewTokens, .typicalP, .topH, .epsilonCutoff, .etaCutoff,
  ]

  /// The configuration for a model.
  ///
  /// - Parameters:
  ///   - name: The model's name for clients.
  ///   - files: Its files, with its card.
  ///   - model: The model.
  ///   - overrides: The settings that the server was started with.
  ///   - preset: The preset that it was started with; else the model's own.
  ///   - maximumSamples: The most texts of a request.
  /// - Throws: ``SettingsError``.
  package init(
    name: String, files: ModelFiles, model: PretrainedModel, overrides: GenerationOverrides = GenerationOverrides(),
    preset: SettingsPreset? = nil, maximumSamples: Int
  ) throws(SettingsError) {
    let preset = try model.settings(overrides, preset: preset).preset
    var presets: [JSON.Member] = []
    for each in SettingsPreset.allCases {
      do {
        presets.append(JSON.Member(each.rawValue, Self.fields(of: try model.settings(overrides, preset: each))))
      } catch SettingsError.noCardPreset {
        continue
      } catch {
        // What the model's files say for another preset than the one in use need not be right.
        if each == preset { throw error }
      }
    }
    let card: ModelCard
    do {
      card = try ModelCard(files)
      notice = nil
    } catch {
      card = ModelCard()
      notice = error.description
    }
    let examples = card.examples.map { example -> JSON in
      [
        "title": example.title.map(JSON.string) ?? .null, "text": .string(example.text),
        "parameters": Self.fields(example.parameters, model, preset),
      ]
    }
    json = [
      "model": .string(name),
      "examples": .array(examples),
      "parameters": Self.fields(card.parameters, model, preset),
      "defaults": [
        "preset": .string(preset.rawValue),
        "n": .integer(min(overrides.samples ?? Self.samples, maximumSamples)),
        "presets": .object(presets),
      ],
      "limits": ["samples": .integer(maximumSamples), "context": .integer(model.configuration.contextLength)],
    ]
  }

  /// The fields that a request would have for settings that hold.
  private static func fields(of settings: GenerationSettings) -> JSON {
    let length: Setting =
      switch settings.maximumLength {
      case .total: .maxLength
      case .new: .maxNewTokens
      }
    return .object(
      [member(.doSample, .boolean(settings.sampling.doSample))].compactMap(\.self)
        + (shown + [length]).compactMap { member($0, $0.row.json(in: settings)) })
  }

  /// The fields of a card's parameters; those that this program does not know, or that cannot be, are left out.
  private static func fields(_ parameters: [JSON.Member], _ model: PretrainedModel, _ preset: SettingsPreset) -> JSON {
    .object(
      parameters.compactMap { parameter in
        guard let setting = Setting(rawValue: parameter.key), (shown + alsoTaken).contains(setting) else { return nil }
        var overrides = GenerationOverrides()
        do {
          try setting.row.ask(for: parameter.value, in: &overrides)
          _ = try model.settings(overrides, preset: preset)
        } catch {
          return nil
        }
        return member(setting, parameter.value)
      })
  }

  private static func member(_ setting: Setting, _ value: JSON) -> JSON.Member? {
    // A request says greedy, the opposite of drawing.
    if setting == .doSample { return value.boolean.map { JSON.Member("greedy", .boolean(!$0)) } }
    return setting.row.columns.itemField.map { JSON.Member($0, value) }
  }
}
