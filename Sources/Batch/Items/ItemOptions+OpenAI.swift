internal import GPT2
internal import JSON

// The lines of OpenAI's batches: {"custom_id", "method", "url", "body"}, the body with the parameters of
// /v1/completions (https://platform.openai.com/docs/api-reference/completions/create).

extension ItemOptions {
  /// Takes the fields of a line of OpenAI's form; returns its prompts.
  mutating func readOpenAI(_ fields: [ItemField], ignoringUnknown: Bool) throws(ItemError) -> [Prompt]? {
    var body: [JSON.Member]?
    for field in fields {
      switch field.name {
      case "custom_id": break
      case "method":
        guard try field.string() == "POST" else { throw ItemError(.invalidItem, "'method' must be POST.") }
      case "url":
        guard try field.string() == "/v1/completions" else {
          throw ItemError(.invalidItem, "'url' must be /v1/completions, found \(try field.string().prefix(100)).")
        }
      case "body":
        body = field.value.members
        if body == nil { throw ItemError(.invalidItem, "'body' must be an object, found \(field.value.kind).") }
      default:
        if ignoringUnknown { continue }
        throw field.unknown(in: "a batch line", among: ["custom_id", "method", "url", "body"])
      }
    }
    guard fields.contains(where: { $0.name == "custom_id" }) else {
      throw ItemError(.invalidItem, "There is no 'custom_id'.")
    }
    guard let body else { throw ItemError(.invalidItem, "There is no 'body'.") }
    if !ignoringUnknown { try ItemField.checkNames(of: body) }
    overrides.returnsFullText = false
    var prompts: [Prompt]?
    for member in body where !member.value.isNull && !ItemField.isTooLong(name: member.key) {
      let field = ItemField(name: member.key, value: member.value)
      if field.name == "prompt" {
        prompts = try field.prompts()
      } else {
        try readParameter(field, ignoringUnknown: ignoringUnknown)
      }
    }
    if wantsLogProbabilities == true, overrides.returnsFullText == true {
      throw ItemError(
        .invalidItem,
        "'echo' with 'logprobs' asks for the log-probabilities of the prompt, which 'gpt2-gpu score' gives.")
    }
    return prompts
  }

  /// The settings by their fields in a request to /v1/completions.
  private static let completionsSettings = Dictionary(
    Setting.table.compactMap { row in row.columns.completionsField.map { ($0, row) } },
    uniquingKeysWith: { first, _ in first })

  private mutating func readParameter(_ field: ItemField, ignoringUnknown: Bool) throws(ItemError) {
    switch field.name {
    // One model serves the whole job, and a user's name changes nothing.
    case "model", "user": _ = try field.string()
    // OpenAI's 0 stands for the likeliest tokens.
    case "temperature" where field.value.number == 0: isGreedy = true
    case "logprobs":
      guard try field.integer() == 0 else {
        throw ItemError(
          .invalidItem, "'logprobs' must be 0: the log-probability of the chosen token is given, not of others.")
      }
      wantsLogProbabilities = true
    case "best_of": try field.requireNeutral { $0.integer == 1 }
    case "stream": try field.requireNeutral { $0.boolean == false }
    case "frequency_penalty", "presence_penalty": try field.requireNeutral { $0.number == 0 }
    case "logit_bias": try field.requireNeutral { $0.members?.isEmpty ?? false }
    case "suffix": try field.requireNeutral { $0.string?.isEmpty ?? false }
    default:
      guard let row = Self.completionsSettings[field.name] else {
        if ignoringUnknown { return }
        throw field.unknown(
          in: "a request to /v1/completions", among: Array(Self.completionsSettings.keys) + ["prompt"])
      }
      try field.ask(row, in: &overrides)
    }
  }
}

extension GenerationOverrides {
  /// What /v1/completions documents as the defaults of its parameters.
  static let completionsDefaults = {
    var overrides = GenerationOverrides()
    overrides.maxNewTokens = 16
    overrides.temperature = 1
    overrides.topP = 1
    overrides.topK = 0
    return overrides
  }()
}
