/// Where an engine's requests come from, one after the other.
///
/// A request is taken only when it can start soon: what a source still holds costs the engine nothing.
public protocol RequestSource: AnyObject {
  /// The next request.
  ///
  /// - Parameter waiting: Nothing else is to be done, so block until there is one or the end is known; otherwise answer
  ///   at once, `.notYet` where the next has not come yet.
  func next(waiting: Bool) throws -> SuppliedRequest
}

/// What a source has to give.
public enum SuppliedRequest: Sendable {
  /// The next request.
  case request(GenerationRequest)
  /// There may be more, but not now.
  case notYet
  /// There are no more.
  case end
}

/// Steps, rows and times of a run.
public struct RunStatistics: Sendable {
  /// Tokens of prompts that were computed.
  public var promptTokens = 0
  /// Tokens that were chosen and handed out.
  public var newTokens = 0
  /// Passes through the model.
  public var steps = 0
  /// The time of the rows of prompts; a step of both kinds is shared out by its rows.
  public var prefillTime = Duration.zero
  /// The time of the rows of sequences under way.
  public var decodeTime = Duration.zero
  /// The time spent waiting for the source with nothing under way.
  public var waitTime = Duration.zero

  /// Nothing done yet.
  public init() {}
}

/// What becomes of requests, which are counted from 0 in the order in which the source gave them.
public enum GenerationEvent: Sendable {
  /// A continuation grew.
  case token(GeneratedToken)
  /// No token could be chosen for a sample of the request: all its continuations end here.
  case failed(request: Int, error: SamplingError)
}

extension TextGenerator {
  /// Runs the requests of a source one after the other.
  public func run(
    _ source: any RequestSource, batchSize: Int? = nil, onEvent: (GenerationEvent) throws -> Bool
  ) throws -> RunStatistics {
    var statistics = RunStatistics()
    var number = 0
    while case .request(let request) = try source.next(waiting: true) {
      do {
        try runner.run([request]) { token in
          statistics.newTokens += 1
          return try onEvent(
            .token(
              GeneratedToken(
                request: number, sample: token.sample, token: token.token, logProbability: token.logProbability,
                finish: token.finish)))
        }
      } catch let error as SamplingError {
        _ = try onEvent(.failed(request: number, error: error))
      }
      number += 1
    }
    return statistics
  }
}
