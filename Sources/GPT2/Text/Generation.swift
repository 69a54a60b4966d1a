public import Engine
public import Tokenizer

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
