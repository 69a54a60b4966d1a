public import Sampling

/// A token or the end of a request. Requests are counted from 0 in the order in which the source gave them.
public enum GenerationEvent: Sendable {
  /// A continuation grew.
  case token(GeneratedToken)
  /// No token could be chosen for a sample of the request: all its continuations end here.
  case failed(request: Int, error: SamplingError)
  /// Somebody cancelled the request: all its continuations end here, and its slots are free.
  case cancelled(request: Int)
}
