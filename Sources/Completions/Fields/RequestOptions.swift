package import GPT2
internal import JSON

/// A request's own options, which come before whatever holds for requests that do not say them.
package struct RequestOptions: Sendable, Equatable {
  /// All but the next ones, which a request says in other words.
  package var overrides = GenerationOverrides()
  /// Whether to take the likeliest tokens; false undoes the --greedy of others.
  package var isGreedy: Bool?
  /// Words, whose tokens the model knows, besides those that are said as tokens.
  package var badWords: [String]?
  package var preset: SettingsPreset?
  package var wantsLogProbabilities: Bool?

  package init() {}
}

extension RequestOptions {
  /// Other overrides, with the request's in their place where it has some.
  ///
  /// - Parameter model: Knows the tokens of bad words.
  package func applied(
    to others: GenerationOverrides, _ model: PretrainedModel
  ) throws(SettingsError) -> GenerationOverrides {
    var merged = others.overridden(by: overrides)
    if let isGreedy {
      merged.doSample = isGreedy ? false : nil
    } else if overrides.settingThatImpliesDrawing != nil {
      merged.doSample = nil
    }
    if let badWords {
      try merged.ban(badWords, model)
      merged.badWords = (merged.badWords ?? []) + (overrides.badWords ?? [])
    }
    return merged
  }

  /// Asks for the setting of a row.
  package mutating func read(_ field: RequestField, as row: any SettingRow) throws(CompletionError) {
    switch row.setting {
    // A request says greedy, the opposite of drawing, and words, which are no tokens yet.
    case .doSample: isGreedy = try field.boolean()
    // OpenAI's 0 stands for the likeliest tokens.
    case .temperature where field.value.number == 0: isGreedy = true
    case .badWords where field.name != row.setting.rawValue: badWords = try field.strings()
    default: try field.ask(row, in: &overrides)
    }
  }
}
