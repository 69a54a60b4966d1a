internal import GPT2

/// An item as it is read, before it is checked against a model.
struct BatchItem: Sendable {
  var id: ItemID
  var form: ItemForm
  /// One; of OpenAI's form, one or more.
  var prompts: [Prompt]
  var options: ItemOptions
}

/// How an item is written, and so its result.
enum ItemForm: Sendable {
  /// This program's own lines.
  case native
  /// The lines of OpenAI's batches.
  case openAI
}

/// An item's own options, which come before the job's.
struct ItemOptions: Sendable, Equatable {
  /// All but the next two, which an item says in other words.
  var overrides = GenerationOverrides()
  /// Whether to take the likeliest tokens; false undoes the job's --greedy.
  var isGreedy: Bool?
  /// Words, whose tokens the model knows.
  var badWords: [String]?
  var preset: SettingsPreset?
  var wantsLogProbabilities: Bool?

  init() {}
}

extension ItemOptions {
  /// The job's overrides, with the item's in their place where it has some.
  ///
  /// - Parameter model: Knows the tokens of bad words.
  func applied(to job: GenerationOverrides, _ model: PretrainedModel) throws(SettingsError) -> GenerationOverrides {
    var merged = job.overridden(by: overrides)
    if let isGreedy {
      merged.doSample = isGreedy ? false : nil
    } else if overrides.settingThatImpliesDrawing != nil {
      merged.doSample = nil
    }
    if let badWords { try merged.ban(badWords, model) }
    return merged
  }
}
