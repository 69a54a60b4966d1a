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
    let generations = try generate([request]) { try onPiece($1) }
    return generations[0]
  }
}
