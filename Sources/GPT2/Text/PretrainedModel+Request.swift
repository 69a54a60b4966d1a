internal import Checkpoint
internal import Engine
internal import Tokenizer

extension PretrainedModel {
  /// Checks and tokenizes a prompt.
  ///
  /// - Parameters:
  ///   - prompt: The prompt.
  ///   - settings: How to continue it.
  ///   - wantsLogProbabilities: Whether the tokens' log-probabilities are wanted.
  ///   - overflow: How to treat a prompt that is longer than the context allows.
  /// - Throws: ``SettingsError``, for a prompt that is too long or not of this model's tokens.
  public func request(
    for prompt: Prompt, _ settings: GenerationSettings, wantsLogProbabilities: Bool = false,
    overflow: PromptOverflow = .error
  ) throws(SettingsError) -> TextRequest {
    try request(
      for: prompt, settings, wantsLogProbabilities: wantsLogProbabilities, overflow: overflow, parsesSpecial: true)
  }

  /// Checks and tokenizes a prompt.
  ///
  /// - Parameter parsesSpecial: Whether special tokens that a text spells out are those tokens; those of the prefix always
  ///   are.
  package func request(
    for prompt: Prompt, _ settings: GenerationSettings, wantsLogProbabilities: Bool,
    overflow: PromptOverflow = .error, parsesSpecial: Bool
  ) throws(SettingsError) -> TextRequest {
    try checkTexts(prompt, settings)
    var prefix: [TokenID] = []
    var tokens: [TokenID]
    let text: String
    switch prompt {
    case .text(let prompt):
      if !settings.prefix.isEmpty { prefix = try encode(settings.prefix) }
      tokens = try encode(settings.prefix + prompt)
      if !parsesSpecial {
        let plain = try encode(prompt, special: .plain)
        if try encode(prompt) != plain { tokens = prefix + plain }
      }
      text = prompt
    case .tokens(let ids):
      if !settings.prefix.isEmpty { prefix = try encode(settings.prefix, addsSpecialTokens: false) }
      tokens = prefix + ids
      text = tokenizer?.decode(ids, skippingSpecial: true) ?? ""
    }
    if let id = tokens.first(where: { $0 < 0 || $0 >= configuration.vocabularySize }) {
      throw .unknownToken(id, vocabularySize: configuration.vocabularySize)
    }
    try settings.checkTokens(vocabularySize: configuration.vocabularySize)
    if tokens.isEmpty {  // transformers starts an empty prompt from the beginning-of-text token
      guard let start = configuration.bosTokenID, start < configuration.vocabularySize else {
        throw .emptyPrompt
      }
      tokens = [TokenID(start)]
    }
    var prefixCount = min(prefix.count, tokens.count)
    if overflow == .leftTruncate {
      let excess = max(0, tokens.count - settings.room(contextLength: configuration.contextLength))
      tokens.removeFirst(excess)
      prefixCount = max(0, prefixCount - excess)
    }
    let newTokens = try settings.newTokens(
      promptTokens: tokens.count - prefixCount, prefixTokens: prefixCount, contextLength: configuration.contextLength)
    let request = GenerationRequest(
      prompt: tokens, samples: settings.samples, sampling: settings.sampling,
      guidance: try guidance(of: tokens, settings, newTokens), newTokens: newTokens,
      timeLimit: settings.maximumTime > 0 ? .seconds(settings.maximumTime) : nil, endOfText: settings.endingTokens,
      ignoresEndOfText: settings.ignoresEndOfText && settings.stopTokens.isEmpty,
      seed: settings.seed,
      wantsLogProbabilities: wantsLogProbabilities || settings.topLogProbabilities > 0 || settings.echo,
      topLogProbabilities: settings.topLogProbabilities, scoresPrompt: settings.echo, beams: settings.beams)
    return TextRequest(
      tokens: request, prefixCount: prefixCount, shown: settings.returnsFullText ? text : "", stops: settings.stop,
      stopTokens: settings.stopTokens, includesStop: settings.includesStop)
  }
}

extension PretrainedModel {
  /// Refuses texts, where there is nothing to make tokens of them or to find them in tokens.
  private func checkTexts(_ prompt: Prompt, _ settings: GenerationSettings) throws(SettingsError) {
    if tokenizer != nil { return }
    if case .text(let text) = prompt { _ = try encode(text) }
    let texts = [
      (Setting.prefix, !settings.prefix.isEmpty), (.stop, !settings.stop.isEmpty),
      (.negativePrompt, settings.guidanceScale != 1 && !settings.negativePrompt.isEmpty),
    ]
    guard let setting = texts.first(where: \.1)?.0 else { return }
    throw .textWithoutTokenizer(
      setting, source: settings.sources[setting] ?? .programDefault, model: name, problem: tokenizerFault)
  }

  /// What a prompt's texts are guided away from; nil where they are not.
  private func guidance(
    of prompt: [TokenID], _ settings: GenerationSettings, _ newTokens: ClosedRange<Int>
  ) throws(SettingsError) -> Guidance? {
    guard settings.guidanceScale != 1, newTokens.upperBound > 0 else { return nil }
    let negative = settings.negativePrompt.isEmpty ? [] : try encode(settings.negativePrompt)
    let tokens = negative.isEmpty ? prompt.suffix(1) : negative[...]
    guard tokens.count + newTokens.upperBound <= configuration.contextLength + 1 else {
      throw .negativePromptTooLong(
        tokens: tokens.count, newTokens: newTokens.upperBound, limit: configuration.contextLength)
    }
    return Guidance(scale: settings.guidanceScale, prompt: Array(tokens))
  }
}

extension GenerationSettings {
  /// The longest prompt that leaves room for the tokens to be written.
  fileprivate func room(contextLength: Int) -> Int {
    let wanted =
      switch maximumLength {
      case .new(let count): count
      case .total: 1
      }
    return max(1, contextLength - max(0, min(wanted, contextLength - 1)))
  }
}
