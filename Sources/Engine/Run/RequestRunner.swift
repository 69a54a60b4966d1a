/// What runs requests, whatever backend the model is on.
package protocol RequestRunner: AnyObject {
  /// Runs what the source gives to the end.
  ///
  /// - Parameters:
  ///   - batchSize: Sequences decoded together; chosen from memory where nil.
  ///   - onEvent: Called with every token and failure; false ends that continuation. What it throws ends the run, after
  ///     the step under way.
  func run(
    _ source: any RequestSource, batchSize: Int?, onEvent: (GenerationEvent) throws -> Bool
  ) throws -> RunStatistics

  /// Called where a run goes on with less memory than it should have had; nil where it should end instead.
  var onMemoryShortage: ((MemoryShortage) -> Void)? { get set }

  /// Bytes that it takes of the device's memory now; nil where that is the host's.
  var memoryBytes: Int? { get }

  /// Leaves what was compiled by now for the next start.
  func keepCompiled()
}

extension RequestRunner {
  /// Runs requests that are all known to their ends, or to the first failure, which it throws.
  ///
  /// - Parameter onToken: Called with every token; false ends its continuation.
  @discardableResult
  package func run(_ requests: [GenerationRequest], onToken: (GeneratedToken) throws -> Bool) throws -> RunStatistics {
    try run(RequestList(requests), batchSize: nil) { event in
      switch event {
      case .token(let token): try onToken(token)
      case .failed(_, let error): throw error
      }
    }
  }
}
