/// A token of one continuation, as it becomes known.
public struct GeneratedToken: Sendable {
  /// The request, counted from 0 in the order in which the source gave them.
  public let request: Int
  /// The continuation of the request, counted from 0.
  public let sample: Int
  /// The token's id.
  public let token: Int32
  /// Its log-probability under the model, before temperature and the like, where the request wants it.
  public let logProbability: Double?
  /// Set on the last token.
  public let finish: FinishReason?
}
