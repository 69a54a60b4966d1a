package import GPT2
package import JSON

/// A request to text-generation-inference's routes: `{"inputs", "parameters", "stream"}`
/// (https://huggingface.co/docs/text-generation-inference/reference/api_reference).
package struct TextGenerationRequest: Sendable {
  /// The prompt.
  package var inputs = ""
  /// What it asks of the settings.
  package var overrides = GenerationOverrides()
  /// Whether the answer is a stream of events.
  package var isStreamed = false
  /// How many texts are written, of which the best is given back.
  package var bestOf = 1
  /// Whether tokens are given beside the text.
  package var wantsDetails = false
  /// Whether those are given of the prompt, too.
  package var wantsPromptDetails = false
  /// Whether the prompt is part of the text.
  package var returnsFullText = false
  /// The most tokens of the prompt, of which the first are left out.
  package var truncation: Int?

  private let limits: CompletionLimits

  /// Reads a request.
  ///
  /// - Parameter isStream: Whether the route alone asks for a stream.
  /// - Throws: ``CompletionError`` that names the field.
  package init(parsing body: JSON, limits: CompletionLimits, isStream: Bool = false) throws(CompletionError) {
    self.limits = limits
    for field in try RequestField.fields(of: body) {
      switch field.name {
      case "inputs": inputs = try field.string()
      case "stream": isStreamed = try field.boolean()
      case "parameters":
        guard field.value.members != nil else {
          throw field.invalid("must be an object, found \(field.value.kind)")
        }
        for parameter in try RequestField.fields(of: field.value) { try read(parameter) }
      default: throw field.unknown(in: "a request to /generate", among: ["inputs", "parameters", "stream"])
      }
    }
    if inputs.isEmpty { throw .invalid("'inputs' must be a text that is not empty.", param: "inputs") }
    isStreamed = isStreamed || isStream
    if isStreamed, bestOf > 1 { throw .invalid("'best_of' above 1 cannot be streamed.", param: "best_of") }
  }

  /// The parameters that are settings.
  package static let settings: [String: any SettingRow] = SettingFields.own.filter {
    [
      "temperature", "top_k", "top_p", "typical_p", "repetition_penalty", "frequency_penalty", "seed", "stop",
      "max_new_tokens",
    ].contains($0.key)
  }

  private mutating func read(_ field: RequestField) throws(CompletionError) {
    switch field.name {
    case "do_sample": if try field.boolean() { overrides.doSample = true }
    case "best_of": bestOf = try field.integer(in: 1...(limits.maximumSamples ?? 64))
    case "details": wantsDetails = try field.boolean()
    case "decoder_input_details": wantsPromptDetails = try field.boolean()
    case "return_full_text": returnsFullText = try field.boolean()
    case "top_n_tokens": overrides.topLogProbabilities = try field.integer(in: 0...limits.maximumLogProbabilities)
    case "truncate": truncation = try field.integer(in: 1...1_000_000_000)
    case "watermark": try field.requireNeutral { $0.boolean == false }
    case "adapter_id", "grammar": try field.requireNeutral { _ in false }
    default:
      guard let row = Self.settings[field.name] else {
        throw field.unknown(
          in: "'parameters'",
          among: Array(Self.settings.keys) + [
            "do_sample", "best_of", "details", "decoder_input_details", "return_full_text", "top_n_tokens", "truncate",
          ])
      }
      try field.ask(row, in: &overrides)
      // A stream would have no event, where its last is the whole text's.
      if row.setting == .maxNewTokens, let count = overrides.maxNewTokens, count < 1 {
        throw field.invalid("must be at least 1, found \(count)")
      }
      if row.setting == .stop, let count = overrides.stop?.count, count > limits.maximumStops {
        throw field.invalid("must be at most \(limits.maximumStops) strings, found \(count)")
      }
    }
  }
}
