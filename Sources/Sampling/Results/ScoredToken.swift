/// A token that may come at a place of a text, and how likely it is there.
public struct TokenLogProbability: Sendable, Hashable {
  /// The token's id.
  public let token: Int32
  /// The natural logarithm of its probability under the model, before temperature and the like.
  public let logProbability: Double

  package init(token: Int32, logProbability: Double) {
    self.token = token
    self.logProbability = logProbability
  }
}

/// How likely a token of a text is, and which would have been the likeliest in its place.
public struct ScoredToken: Sendable, Hashable {
  /// The natural logarithm of the token's probability, given those before it.
  public let logProbability: Double
  /// The likeliest tokens, the best first, of equals the lower ids; as many as were asked for.
  ///
  /// Where the token is one of them, its number here is ``logProbability``, to the bit.
  public let top: [TokenLogProbability]

  package init(logProbability: Double, top: [TokenLogProbability]) {
    self.logProbability = logProbability
    self.top = top
  }
}
