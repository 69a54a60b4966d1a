/// A token of one continuation, as it becomes known.
public struct GeneratedToken: Sendable {
  /// The request, counted from 0.
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

extension GeneratedToken {
  init(_ event: Scheduler.Event) {
    request = event.request
    sample = event.sample
    token = event.token.token
    logProbability = event.token.logProbability
    finish = event.finish
  }
}

/// What runs requests, whatever backend the model is on.
protocol RequestRunner: AnyObject {
  /// Runs requests to their ends.
  ///
  /// - Parameter onToken: Called with every token; false ends its continuation.
  func run(_ requests: [GenerationRequest], onToken: (GeneratedToken) throws -> Bool) throws

  /// Leaves what was compiled by now for the next start.
  func keepCompiled()
}
