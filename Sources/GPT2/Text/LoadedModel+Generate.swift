internal import Engine

extension LoadedModel {
  /// Continues a prompt.
  ///
  /// - Parameters:
  ///   - prompt: The prompt.
  ///   - settings: How to continue it.
  ///   - wantsLogProbabilities: Whether the tokens' log-probabilities are wanted.
  ///   - overflow: How to treat a prompt that is longer than the context allows.
  ///   - onText: Called with the pieces of each sample's text as they become certain, never half a character.
  /// - Throws: ``SettingsError`` for a prompt that cannot be used, `OpenCLError` where the device fails.
  public func generate(
    _ prompt: Prompt, _ settings: GenerationSettings, wantsLogProbabilities: Bool = false,
    overflow: PromptOverflow = .error, onText: (_ sample: Int, _ piece: String) throws -> Void = { _, _ in }
  ) throws -> Generation {
    try generate(
      pretrained.request(
        for: prompt, settings, wantsLogProbabilities: wantsLogProbabilities, overflow: overflow),
      onText: onText)
  }

  /// Continues a prompt that has been tokenized.
  ///
  /// - Parameters:
  ///   - request: The tokenized prompt, and how to continue it.
  ///   - onText: Called with the pieces of each sample's text as they become certain, never half a character.
  /// - Throws: `OpenCLError` where the device fails.
  public func generate(
    _ request: TextRequest, onText: (_ sample: Int, _ piece: String) throws -> Void = { _, _ in }
  ) throws -> Generation {
    let start = ContinuousClock.now
    var texts = Array(
      repeating: Continuation(of: request, tokenizer: pretrained.tokenizer), count: request.tokens.samples)
    if !request.shown.isEmpty { for sample in texts.indices { try onText(sample, request.shown) } }
    var firstToken: ContinuousClock.Instant?
    try engine.run([request.tokens], endOfText: request.tokens.endOfText ?? endOfText) { token in
      firstToken = firstToken ?? .now
      try onText(token.sample, texts[token.sample].append(token))
      return texts[token.sample].finishReason == nil
    }
    let end = ContinuousClock.now
    return Generation(
      promptTokens: request.tokens.prompt, texts: texts, prefillTime: (firstToken ?? end) - start,
      decodeTime: end - (firstToken ?? end))
  }
}
