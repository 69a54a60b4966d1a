public import Sampling

/// A token or the end of a request. Requests are counted from 0 in the order in which the source gave them.
public enum GenerationEvent: Sendable {
  /// The prompt of a request that wants it scored, or that no tokens are to follow, is computed: how likely its tokens
  /// are, from the second on, where that is wanted. It comes before the tokens, and is the last where there are none.
  case prompt(request: Int, scores: [ScoredToken])
  /// A continuation grew.
  case token(GeneratedToken)
  /// The request could not be computed, as a `SamplingError` or ``CacheError`` says: all its continuations end here.
  case failed(request: Int, error: any Error)
  /// Somebody cancelled the request: all its continuations end here, and its slots are free.
  case cancelled(request: Int)
}
