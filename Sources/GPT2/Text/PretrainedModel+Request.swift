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
    var prefix: [TokenID] = []
    var tokens: [TokenID]
    let text: String
    switch prompt {
    case .text(let prompt):
      if !settings.prefix.isEmpty { prefix = try encode(settings.prefix) }
      tokens = try encode(settings.prefix + prompt)
      text = prompt
    case .tokens(let ids):
      if !settings.prefix.isEmpty { prefix = try encode(settings.prefix, addsSpecialTokens: false) }
      tokens = prefix + ids
      text = tokenizer?.decode(ids, skippingSpecial: true) ?? ""
    }
    if let id = tokens.first(where: { $0 < 0 || $0 >= configuration.vocabularySize }) {
      throw .unknownToken(id, vocabularySize: configuration.vocabularySize)
    }
    if !settings.stop.isEmpty { _ = try encode("") }
    if tokens.isEmpty {  // transformers starts an empty prompt from the beginning-of-text token
      guard let start = configuration.bosTokenID, start < configuration.vocabularySize else {
        throw .emptyPrompt
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
      endOfText: settings.endOfText, ignoresEndOfText: settings.ignoresEndOfText, seed: settings.seed,
      wantsLogProbabilities: wantsLogProbabilities)
    return TextRequest(tokens: request, shown: settings.returnsFullText ? text : "", stops: settings.stop)
  }
}

extension GenerationSettings {
  /// The longest prompt that leaves room for the tokens to be written, at least one.
  fileprivate func room(contextLength: Int) -> Int {
    let wanted =
      switch maximumLength {
      case .new(let count): count
      case .total: 1
      }
    return max(1, contextLength - max(1, min(wanted, contextLength - 1)))
  }
}
