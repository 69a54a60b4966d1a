public import Sampling

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
  /// The likeliest tokens in its place, as many as the request wants, with their log-probabilities: the best first.
  public let top: [TokenLogProbability]
  /// Set on the last token.
  public let finish: FinishReason?
  /// On the last token of a beam: the sum of the processed log-probabilities, divided by length to the power of the length
  /// penalty.
  public let beamScore: Double?

  package init(
    request: Int, sample: Int, token: Int32, logProbability: Double?, top: [TokenLogProbability] = [],
    finish: FinishReason?, beamScore: Double? = nil
  ) {
    self.request = request
    self.sample = sample
    self.token = token
    self.logProbability = logProbability
    self.top = top
    self.finish = finish
    self.beamScore = beamScore
  }
}
