public import Tokenizer

/// The continuations of one prompt, and how long they took.
public struct Generation: Sendable {
  /// The prompt's tokens, with the prefix.
  public var promptTokens: [TokenID]
  /// The texts, in the order of the samples; all have ended.
  public var texts: [Continuation]
  /// From the start to the first token.
  public var prefillTime: Duration
  /// From the first token to the last.
  public var decodeTime: Duration

  package init(promptTokens: [TokenID], texts: [Continuation], prefillTime: Duration, decodeTime: Duration) {
    self.promptTokens = promptTokens
    self.texts = texts
    self.prefillTime = prefillTime
    self.decodeTime = decodeTime
  }
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
