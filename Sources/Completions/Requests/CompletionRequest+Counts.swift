internal import GPT2

// How many texts and beams may be asked for: of all prompts together, and so of each.

extension CompletionRequest {
  /// Refuses what the request itself asks for, before the model's settings are looked at, which may go further.
  func checkCounts() throws(CompletionError) {
    if let count = options.overrides.samples { try check(count, of: .samples) }
    if let bestOf { try check(bestOf, of: .samples, named: "best_of") }
    if let count = options.overrides.beams { try check(count, of: .beams) }
  }

  /// Refuses what comes of the request and of what holds where it says nothing.
  func checkCounts(_ settings: GenerationSettings) throws(CompletionError) {
    try check(settings.samples, of: .samples, named: bestOf == nil ? nil : "best_of")
    try check(settings.beams.count, of: .beams)
  }

  /// Refuses a count.
  ///
  /// - Parameter name: Its field, where that is none of the setting's.
  private func check(
    _ count: Int, of setting: Setting, named name: String? = nil
  ) throws(CompletionError) {
    guard let most = limits.most(of: setting, prompts: prompts.count) else { return }
    if count >= 1 && count <= most { return }
    let name = name ?? field(of: setting) ?? setting.rawValue
    let reason = prompts.count > 1 ? " for \(prompts.count) prompts" : ""
    throw .invalid("'\(name)' must be from 1 to \(most)\(reason), found \(count).", param: name)
  }
}
