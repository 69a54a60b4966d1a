internal import System

public import Sampling
public import Tokenizer

/// How likely a text is by a model.
public struct TextScore: Sendable {
  /// The text's tokens.
  public let tokens: [TokenID]
  /// The natural logarithm of each token's probability, given those before it in its window; nil for the first, which
  /// nothing precedes.
  public let logProbabilities: [Double?]

  /// The likeliest tokens in the place of each, the best first; empty for the first, and where none were asked for.
  public let top: [[TokenLogProbability]]

  package init(tokens: [TokenID], scored: [ScoredToken]) {
    self.tokens = tokens
    let unscored = tokens.count - scored.count
    logProbabilities = Array(repeating: nil, count: unscored) + scored.map(\.logProbability)
    top = Array(repeating: [], count: unscored) + scored.map(\.top)
  }

  /// How many tokens have a log-probability.
  public var scoredCount: Int { logProbabilities.count { $0 != nil } }

  /// The log-probabilities' sum.
  public var sum: Double { logProbabilities.reduce(0) { $0 + ($1 ?? 0) } }

  /// e to the minus mean log-probability: how many tokens the model wavers between. Nil for a single token.
  public var perplexity: Double? { scoredCount > 0 ? exp(-sum / Double(scoredCount)) : nil }

  /// Minus log2 of the probability, over the text's bytes: comparable between tokenizers.
  public func bitsPerByte(of text: String) -> Double? {
    scoredCount > 0 ? -sum / log(2) / Double(text.utf8.count) : nil
  }
}
