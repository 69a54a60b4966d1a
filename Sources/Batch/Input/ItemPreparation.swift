internal import Checkpoint
internal import Completions
internal import Engine
internal import GPT2
internal import System

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
    if model.tokenizer == nil, case .text? = item.prompts.first {
      throw ItemError(
        .invalidRequest, "\(model.name) has no tokenizer, so 'prompt' must be a list of token ids.")
    }
    // What it asks for itself comes first: the range of the model's settings is wider.
    if let asked = item.options.overrides.samples { try Self.check(asked, of: item) }
    let settings = try settings(for: item)
    try Self.check(settings.samples, of: item)
    var requests: [TextRequest] = []
    for (number, prompt) in item.prompts.enumerated() {
      var request = try request(for: prompt, settings, item)
      request.tokens.item = Self.key(of: item.id, prompt: number)
      let wanted = item.options.wantsLogProbabilities ?? wantsLogProbabilities
      request.tokens.wantsLogProbabilities = wanted || request.tokens.wantsLogProbabilities
      requests.append(request)
    }
    return PreparedItem(
      ordinal: ordinal, index: index, id: item.id, form: item.form, requests: requests,
      isCapped: requests.contains { settings.askedTokens(above: $0.tokens.newTokens.upperBound) != nil },
      byteCount: requests.reduce(0) { $0 + 4 * $1.tokens.prompt.count + $1.shown.utf8.count })
  }

  /// Refuses more samples than are taken, and none.
  private static func check(_ samples: Int, of item: BatchItem) throws(ItemError) {
    let most = mostSamples / max(1, item.prompts.count)
    guard !(1...most ~= samples) else { return }
    let reason = item.prompts.count == 1 ? "" : " for \(item.prompts.count) prompts"
    throw ItemError(
      .invalidRequest,
      "'n' must be from 1 to \(most)\(reason), found \(samples)" + (samples > most ? ": make it several items." : "."))
  }

  /// A prompt's part of the key of its random numbers: equal prompts of an item have different texts. The first has
  /// that of an item with one prompt.
  private static func key(of id: ItemID, prompt number: Int) -> UInt64 {
    number == 0 ? id.key : MurmurHash3.mix(id.key &+ UInt64(number))
  }

  private func request(
    for prompt: Prompt, _ settings: GenerationSettings, _ item: BatchItem
  ) throws(ItemError) -> TextRequest {
    do throws(SettingsError) {
      return try model.request(for: prompt, settings, overflow: overflow)
    } catch {
      throw ItemError(.invalidRequest, error.sentence(item.names))
    }
  }

  private func settings(for item: BatchItem) throws(ItemError) -> GenerationSettings {
    let (options, form) = (item.options, item.form)
    if form == .native, options == RequestOptions() { return settings }
    do throws(SettingsError) {
      if form == .openAI {
        var defaults = defaults
        defaults.seed = defaults.seed ?? settings.seed
        return try options.completionSettings(model, CompletionDefaults(overrides: defaults, preset: preset))
      }
      var overrides = try options.applied(to: defaults, model)
      overrides.seed = overrides.seed ?? settings.seed
      return try model.settings(overrides, preset: options.preset ?? preset)
    } catch {
      // The job's own settings have been checked: it is one of the item's fields.
      throw ItemError(.invalidRequest, error.sentence(item.names))
    }
  }
}
