internal import Checkpoint
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
    let (request, shown) = try request(for: prompt, settings, overflow: overflow)
    var wanted = request
    wanted.wantsLogProbabilities = wantsLogProbabilities

    var texts = Array(
      repeating: GeneratedText(text: shown, tokens: [], logProbabilities: [], finishReason: .length),
      count: settings.samples)
    var pieces = Array(
      repeating: ContinuationText(tokenizer, stops: settings.stop), count: settings.samples)
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

  /// The request for a prompt, and what of the prompt is part of the text.
  private func request(
    for prompt: Prompt, _ settings: GenerationSettings, overflow: PromptOverflow
  ) throws -> (GenerationRequest, shown: String) {
    let prefix = tokenizer.encode(settings.prefix)
    var tokens: [TokenID]
    let text: String
    switch prompt {
    case .text(let prompt):
      tokens = tokenizer.encode(settings.prefix + prompt)
      text = prompt
    case .tokens(let ids):
      if let id = ids.first(where: { $0 < 0 || $0 >= configuration.vocabularySize }) {
        throw SettingsError(
          "The prompt has the token id \(id), but the model knows 0 to \(configuration.vocabularySize - 1).")
      }
      tokens = prefix + ids
      text = tokenizer.decode(ids, skippingSpecial: true)
    }
    if tokens.isEmpty {  // transformers starts an empty prompt from the beginning-of-text token
      guard let start = configuration.bosTokenID, start < configuration.vocabularySize else {
        throw SettingsError("The prompt is empty, and the model has no beginning-of-text token to start from.")
      }
      tokens = [TokenID(start)]
    }
    if overflow == .leftTruncate {
      let room = settings.room(contextLength: configuration.contextLength)
      if tokens.count > room { tokens.removeFirst(tokens.count - room) }
    }
    let prefixCount = min(prefix.count, tokens.count)
    let request = GenerationRequest(
      prompt: tokens, samples: settings.samples, sampling: settings.sampling,
      newTokens: try settings.newTokens(
        promptTokens: tokens.count - prefixCount, prefixTokens: prefixCount, contextLength: configuration.contextLength),
      endOfText: settings.endOfText, ignoresEndOfText: settings.ignoresEndOfText, seed: settings.seed)
    return (request, settings.returnsFullText ? text : "")
  }
}

extension GenerationSettings {
  /// The longest prompt that leaves room for what is to be written, at least one token.
  fileprivate func room(contextLength: Int) -> Int {
    let wanted =
      switch maximumLength {
      case .new(let count): count
      case .total: 1
      }
    return max(1, contextLength - max(1, min(wanted, contextLength - 1)))
  }
}
