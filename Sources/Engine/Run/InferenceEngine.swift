package import Sampling

/// A model on a device that generates and scores, whatever its backend: the only protocol between text and backends.
package protocol InferenceEngine: AnyObject {
  /// Runs the source's requests to the end.
  ///
  /// - Parameters:
  ///   - batchSize: Sequences decoded together; chosen from memory where nil.
  ///   - endOfText: The tokens that end a text where its request does not name others.
  ///   - onStep: Called when a step's tokens have come.
  ///   - onEvent: Called with every token and failure; false ends that continuation. An error it throws ends the run,
  ///     after the step in flight.
  func run(
    _ source: any RequestSource, batchSize: Int?, endOfText: [Int32], onStep: ((StepTime) -> Void)?,
    onEvent: (GenerationEvent) throws -> Bool
  ) throws -> RunStatistics

  /// How likely each token but the first is, given those before it in its window.
  ///
  /// - Parameters:
  ///   - top: How many of the likeliest tokens are wanted beside each.
  ///   - onScores: Called with those of the next tokens as they come, in the order of the text.
  func scores(
    of tokens: [Int32], stride: Int, top: Int, onScores: ([ScoredToken]) throws -> Void
  ) throws -> [ScoredToken]

  /// Called where a run goes on with less memory than it should have had; nil where it should end instead.
  var onMemoryShortage: ((MemoryShortage) -> Void)? { get set }

  /// Guesses tokens that steps then check several at a time; nil for a step a token. No token depends on it.
  var speculator: Speculator? { get set }

  /// Bytes that it takes of the device's memory now; nil where that is the host's.
  var memoryBytes: Int? { get }

  /// Keeps the kernels compiled so far for the next start.
  func keepCompiled()
}

extension InferenceEngine {
  /// Runs requests that are all known to their ends, or to the first failure, which it throws.
  ///
  /// - Parameters:
  ///   - onPrompt: Called with what is known of a request's prompt, as ``GenerationEvent/prompt(request:scores:)`` says.
  ///   - onToken: Called with every token; false ends its continuation.
  @discardableResult
  package func run(
    _ requests: [GenerationRequest], endOfText: [Int32] = [],
    onPrompt: (_ request: Int, _ scores: [ScoredToken]) throws -> Void = { _, _ in },
    onToken: (GeneratedToken) throws -> Bool
  ) throws -> RunStatistics {
    try run(RequestList(requests), batchSize: nil, endOfText: endOfText, onStep: nil) { event in
      switch event {
      case .token(let token): return try onToken(token)
      case .prompt(let request, let scores): try onPrompt(request, scores)
      case .failed(_, let error): throw error
      case .cancelled: break
      }
      return false
    }
  }
}
