public import Engine
public import Sampling
public import Tokenizer

/// The continuations of one prompt, and how long they took.
public struct Generation: Sendable {
  /// The prompt's tokens, with the prefix.
  public var promptTokens: [TokenID]
  /// How likely the prompt's tokens are, from the second on; empty where that was not asked for.
  public var promptScores: [ScoredToken]
  /// The texts, in the order of the samples, or of beams the best first; all have ended.
  public var texts: [Continuation]
  /// From the start to the first token.
  public var prefillTime: Duration
  /// From the first token to the last.
  public var decodeTime: Duration
  /// The tokens that were guessed meanwhile, of all prompts that were continued together.
  public var guesses = Guesses()

  package init(
    promptTokens: [TokenID], promptScores: [ScoredToken] = [], texts: [Continuation], prefillTime: Duration,
    decodeTime: Duration
  ) {
    self.promptTokens = promptTokens
    self.promptScores = promptScores
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
