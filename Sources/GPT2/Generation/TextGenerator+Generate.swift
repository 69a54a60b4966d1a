public import Tokenizer

/// What is to be continued.
public enum Prompt: Sendable {
  /// Text, tokenized by the model's tokenizer.
  case text(String)
  /// Token ids.
  case tokens([TokenID])
}

/// What becomes of a prompt that is longer than the model's context allows.
public enum PromptOverflow: String, CaseIterable, Sendable {
  /// It is refused.
  case error
  /// Its beginning is left out.
  case leftTruncate = "left-truncate"
}

/// A continuation of a prompt.
public struct GeneratedText: Sendable {
  /// The text; with the prompt, where the settings say so.
  public var text: String
  /// The chosen tokens.
  public var tokens: [TokenID]
  /// Their log-probabilities, where asked for.
  public var logProbabilities: [Double]
  /// Why it ended.
  public var finishReason: FinishReason
}

/// The continuations of one prompt, and how long they took.
public struct Generation: Sendable {
  /// The prompt's tokens, with the prefix.
  public var promptTokens: [TokenID]
  /// The texts, in the order of the samples.
  public var texts: [GeneratedText]
  /// From the start to the first token.
  public var prefillTime: Duration
  /// From the first token to the last.
  public var decodeTime: Duration
}

extension Generation {
  /// How many tokens were chosen.
  public var newTokenCount: Int { texts.reduce(0) { $0 + $1.tokens.count } }

  /// Tokens chosen in a second after the first of each text, which the prefill chooses; nil where there are none.
  public var decodeTokensPerSecond: Double? {
    let seconds = decodeTime / .seconds(1)
    let count = newTokenCount - texts.count
    return count > 0 && seconds > 0 ? Double(count) / seconds : nil
  }
}

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
