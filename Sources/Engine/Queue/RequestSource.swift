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

/// Requests that are all known from the start.
final class RequestList: RequestSource {
  private var rest: ArraySlice<GenerationRequest>
  /// What the largest of them need, so that memory is not taken for more.
  let bounds: RequestBounds

  init(_ requests: [GenerationRequest]) {
    rest = requests[...]
    bounds = RequestBounds(requests)
  }

  func next(waiting: Bool) -> SuppliedRequest { rest.popFirst().map(SuppliedRequest.request) ?? .end }
}

/// The most that any of some requests need.
package struct RequestBounds {
  /// Continuations of all together.
  var samples: Int
  /// Tokens of all prompts.
  var promptTokens: Int
  /// Positions of the longest sequence.
  var positions: Int
}

extension RequestBounds {
  /// What some requests need.
  package init(_ requests: [GenerationRequest]) {
    self.init(
      samples: requests.reduce(0) { $0 + $1.samples }, promptTokens: requests.reduce(0) { $0 + $1.prompt.count },
      positions: requests.map(\.positions).max() ?? 1)
  }
}

extension GenerationRequest {
  /// The positions of the cache that one of its sequences may use: the last token is never looked back at.
  var positions: Int { prompt.count + max(newTokens.upperBound, 1) - 1 }
}
