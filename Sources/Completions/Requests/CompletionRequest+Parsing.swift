internal import GPT2
package import JSON

extension CompletionRequest {
  /// Reads a request.
  ///
  /// - Parameters:
  ///   - body: The request.
  ///   - limits: What it may ask for.
  ///   - strict: Whether fields that nobody knows, and fields that come twice, are refused rather than left out.
  /// - Throws: ``CompletionError`` that names the field.
  package init(parsing body: JSON, limits: CompletionLimits, strict: Bool) throws(CompletionError) {
    guard let members = body.members else {
      throw .invalid("The request must be an object, found \(body.kind).", code: .invalidJSON)
    }
    self.limits = limits
    if strict {
      try RequestField.check(members)
      try RequestField.checkSettings(of: members) {
        limits.form == .batch ? SettingFields.completions[$0] : SettingFields.ofRequest($0)
      }
    }
    options.overrides.returnsFullText = false
    for member in members where !member.value.isNull && !RequestField.isTooLong(name: member.key) {
      try read(RequestField(member.key, member.value), strict: strict)
    }
    if echo, logProbabilities != nil || overrides.maxNewTokens == 0 { options.overrides.echo = true }
    try checkWhole()
  }

  private mutating func read(_ field: RequestField, strict: Bool) throws(CompletionError) {
    switch field.name {
    case "prompt":
      let advice = limits.form == .batch ? ": make it several items" : ": send several requests"
      prompts = try field.prompts(atMost: limits.mostPrompts, advice: advice)
    case "model": model = try field.string()
    // A user's name changes nothing.
    case "user": _ = try field.string()
    case "logprobs":
      logProbabilities = try field.integer(in: 0...limits.maximumLogProbabilities)
      options.wantsLogProbabilities = true
      options.overrides.topLogProbabilities = logProbabilities
    case "suffix":
      guard try field.string().isEmpty else { throw field.invalid("is not supported: leave it out") }
    default:
      let isRead = limits.form == .batch ? try readOfBatch(field) : try readExtended(field)
      if !isRead && strict { throw field.unknown(in: "a request to /v1/completions", among: Self.names(limits.form)) }
    }
  }

  /// Takes a field of a line of a batch; returns whether it is one.
  private mutating func readOfBatch(_ field: RequestField) throws(CompletionError) -> Bool {
    switch field.name {
    case "best_of": try field.requireNeutral { $0.integer == 1 }
    case "stream": try field.requireNeutral { $0.boolean == false }
    default:
      guard let row = SettingFields.completions[field.name] else { return false }
      try read(field, as: row)
    }
    return true
  }

  /// Takes a field of a request to the server; returns whether it is one.
  private mutating func readExtended(_ field: RequestField) throws(CompletionError) -> Bool {
    switch field.name {
    case "metadata", "store", "service_tier": break
    case "best_of": bestOf = try field.integer()
    case "stream": isStreamed = try field.boolean()
    case "stream_options":
      guard let members = field.value.members else {
        throw field.invalid("must be an object, found \(field.value.kind)")
      }
      try RequestField.check(members)
      for member in members where !member.value.isNull {
        let option = RequestField("stream_options." + member.key, member.value)
        guard member.key == "include_usage" else { throw option.unknown(in: "'stream_options'", among: []) }
        includesUsage = try option.boolean()
      }
    case "return_token_ids": returnsTokenIDs = try field.boolean()
    case "parse_special": parsesSpecial = try field.boolean()
    case "truncate_prompt_tokens": truncation = try field.integer(in: 1...1_000_000_000)
    case "preset": options.preset = try field.preset()
    default:
      guard let row = SettingFields.ofRequest(field.name) else { return false }
      try read(field, as: row)
    }
    return true
  }

  /// Asks for the setting of a row.
  private mutating func read(_ field: RequestField, as row: any SettingRow) throws(CompletionError) {
    try options.read(field, as: row)
    fieldNames[row.setting] = field.name
  }

  /// What does not depend on one field alone.
  private func checkWhole() throws(CompletionError) {
    try checkCounts()
    if let stops = overrides.stop?.count, stops > limits.maximumStops {
      throw .invalid("'stop' must be at most \(limits.maximumStops) strings, found \(stops).", param: "stop")
    }
    if let bestOf {
      guard bestOf >= samples else {
        throw .invalid("'best_of' must be at least 'n', which is \(samples), found \(bestOf).", param: "best_of")
      }
      guard !isStreamed || bestOf == samples else {
        throw .invalid("'best_of' above 'n' cannot be streamed: the best is known at the end.", param: "best_of")
      }
    }
    if includesUsage, !isStreamed {
      throw .invalid("'stream_options' needs 'stream' to be true.", param: "stream_options")
    }
    guard limits.form == .extended, let emptyPrompt = prompts.firstIndex(where: \.isEmpty) else { return }
    let name = prompts.count == 1 ? "prompt" : "prompt[\(emptyPrompt)]"
    throw .invalid("'\(name)' must not be empty; leave it out to begin from nothing.", param: "prompt")
  }

  /// The fields that there are.
  private static func names(_ form: CompletionLimits.Form) -> [String] {
    switch form {
    case .batch: Array(SettingFields.completions.keys) + ["prompt", "logprobs", "model"]
    case .extended:
      Array(SettingFields.all.keys) + [
        "prompt", "logprobs", "model", "min_tokens", "best_of", "stream", "stream_options", "return_token_ids",
        "parse_special", "truncate_prompt_tokens", "preset",
      ]
    }
  }
}

extension Prompt {
  /// Whether it has nothing.
  fileprivate var isEmpty: Bool {
    switch self {
    case .text(let text): text.isEmpty
    case .tokens(let ids): ids.isEmpty
    }
  }
}
