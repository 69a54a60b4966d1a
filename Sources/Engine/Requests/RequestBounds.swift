/// The most that any of some requests need.
public struct RequestBounds: Hashable, Sendable {
  /// Continuations of all together.
  public var samples: Int
  /// Tokens of all prompts.
  public var promptTokens: Int
  /// Positions of the longest sequence.
  public var positions: Int
}

extension RequestBounds {
  /// The bounds of some requests.
  public init(_ requests: [GenerationRequest]) {
    self.init(
      samples: requests.reduce(0) { $0 + $1.samples }, promptTokens: requests.reduce(0) { $0 + $1.prompt.count },
      positions: requests.map(\.positions).max() ?? 1)
  }
}

extension GenerationRequest {
  /// The positions of the cache that one of its sequences may use: the last token is never looked back at.
  var positions: Int { prompt.count + max(newTokens.upperBound, 1) - 1 }
}
