internal import Engine

extension TextGenerator {
  /// Continues a prompt.
  ///
  /// - Parameters:
  ///   - wantsLogProbabilities: Whether the tokens' log-probabilities are wanted.
  ///   - onText: Called with the pieces of each sample's text as they become certain, never half a character.
  /// - Throws: ``SettingsError`` for a prompt that cannot be used, `OpenCLError` where the device fails.
  public func generate(
    _ prompt: Prompt, _ settings: GenerationSettings, wantsLogProbabilities: Bool = false,
    overflow: PromptOverflow = .error, onText: (_ sample: Int, _ piece: String) throws -> Void = { _, _ in }
  ) throws -> Generation {
    let start = ContinuousClock.now
    let (request, shown) = try model.request(for: prompt, settings, overflow: overflow)
    var wanted = request
    wanted.wantsLogProbabilities = wantsLogProbabilities

    var texts = Array(
      repeating: GeneratedText(text: shown, tokens: [], logProbabilities: [], finishReason: .length),
      count: settings.samples)
    var pieces = Array(
      repeating: ContinuationText(model.tokenizer, stops: settings.stop), count: settings.samples)
    if !shown.isEmpty { for sample in texts.indices { try onText(sample, shown) } }
    var firstToken: ContinuousClock.Instant?
    try runner.run([wanted]) { token in
      firstToken = firstToken ?? .now
      texts[token.sample].tokens.append(token.token)
      if let logProbability = token.logProbability { texts[token.sample].logProbabilities.append(logProbability) }
      try onText(token.sample, pieces[token.sample].append(token.token))
      if let finish = token.finish {
        texts[token.sample].finishReason = finish
        try onText(token.sample, pieces[token.sample].finish())
      }
      if pieces[token.sample].isStopped { texts[token.sample].finishReason = .stop }
      return !pieces[token.sample].isStopped
    }
    for sample in texts.indices { texts[sample].text += pieces[sample].text }
    let end = ContinuousClock.now
    return Generation(
      promptTokens: request.prompt, texts: texts, prefillTime: (firstToken ?? end) - start,
      decodeTime: end - (firstToken ?? end))
  }
}
