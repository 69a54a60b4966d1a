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
    if !request.shown.isEmpty { for sample in 0..<request.tokens.samples { try onText(sample, request.shown) } }
    return try generate(request, onPiece: { try onText($0.sample, $0.text) })
  }

  /// Continues a prompt that has been tokenized.
  ///
  /// - Parameter onPiece: Called with what each token adds to its text, without the prompt.
  package func generate(_ request: TextRequest, onPiece: (TextPiece) throws -> Void) throws -> Generation {
    let start = ContinuousClock.now
    var texts = Array(
      repeating: Continuation(of: request, tokenizer: pretrained.tokenizer), count: request.tokens.samples)
    var firstToken: ContinuousClock.Instant?
    try engine.run([request.tokens], endOfText: request.tokens.endOfText ?? endOfText) { token in
      firstToken = firstToken ?? .now
      let piece = texts[token.sample].append(token)
      let isOver = texts[token.sample].finishReason != nil
      try onPiece(
        TextPiece(
          sample: token.sample, text: piece, token: token, continuation: isOver ? texts[token.sample] : nil))
      return !isOver
    }
    let end = ContinuousClock.now
    return Generation(
      promptTokens: request.tokens.prompt, texts: texts, prefillTime: (firstToken ?? end) - start,
      decodeTime: end - (firstToken ?? end))
  }
}
