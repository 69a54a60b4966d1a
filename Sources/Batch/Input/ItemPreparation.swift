internal import Checkpoint
internal import Engine
internal import GPT2

/// Turns items into requests.
struct ItemPreparation: Sendable {
  /// More samples of an item would be held in memory for too long.
  static let mostSamples = 4096

  let model: PretrainedModel
  let defaults: GenerationOverrides
  let preset: SettingsPreset?
  /// Settings of items that have none of their own.
  let settings: GenerationSettings
  let overflow: PromptOverflow
  let wantsLogProbabilities: Bool

  func prepare(_ item: BatchItem, index: Int, ordinal: Int) throws(ItemError) -> PreparedItem {
    if model.tokenizer == nil, case .text = item.prompt {
      throw ItemError(
        .invalidRequest, "\(model.name) has no tokenizer, so 'prompt' must be a list of token ids.")
    }
    let settings = try settings(for: item.options, item.form)
    guard settings.samples <= Self.mostSamples else {
      throw ItemError(
        .invalidRequest, "'n' must be from 1 to \(Self.mostSamples), found \(settings.samples): make it several items.")
    }
    var request = try request(for: item.prompt, settings)
    request.tokens.item = item.id.key
    request.tokens.wantsLogProbabilities = item.options.wantsLogProbabilities ?? wantsLogProbabilities
    return PreparedItem(
      ordinal: ordinal, index: index, id: item.id, form: item.form, request: request,
      byteCount: 4 * request.tokens.prompt.count + request.shown.utf8.count)
  }

  private func request(for prompt: Prompt, _ settings: GenerationSettings) throws(ItemError) -> TextRequest {
    do throws(SettingsError) {
      return try model.request(for: prompt, settings, overflow: overflow)
    } catch {
      throw ItemError(.invalidRequest, error.description)
    }
  }

  private func settings(for options: ItemOptions, _ form: ItemForm) throws(ItemError) -> GenerationSettings {
    if options == ItemOptions() { return settings }
    do throws(SettingsError) {
      var overrides = try options.applied(to: defaults, model)
      overrides.seed = overrides.seed ?? settings.seed
      return try model.settings(overrides, preset: options.preset ?? preset)
    } catch {
      throw ItemError(.invalidRequest, Self.sentence(of: error, form))
    }
  }

  /// An error's sentence, with the item's field for the flag it begins with: the job's own settings have been checked.
  private static func sentence(of error: SettingsError, _ form: ItemForm) -> String {
    let words = error.description.split(separator: " ", maxSplits: 1)
    guard words.count == 2, let field = field(for: words[0], form) else { return error.description }
    return "'\(field)' \(words[1])"
  }

  private static func field(for flag: Substring, _ form: ItemForm) -> String? {
    if flag == "--preset" { return "preset" }
    guard let columns = Setting.table.first(where: { $0.flag.map { $0 == flag } ?? false })?.columns else { return nil }
    return form == .openAI ? columns.completionsField ?? columns.itemField : columns.itemField
  }
}
