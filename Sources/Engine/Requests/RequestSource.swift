/// Where an engine's requests come from, one after the other.
///
/// A request is taken only when it can start soon: requests that a source still holds cost the engine nothing.
public protocol RequestSource: AnyObject {
  /// The next request.
  ///
  /// - Parameter waiting: Nothing else is to be done, so block until there is one or the end is known; otherwise answer
  ///   at once, `.notYet` where the next has not come yet.
  func next(waiting: Bool) throws -> SuppliedRequest

  /// The largest of its requests, so that no memory is taken for more; nil where that is not known.
  var bounds: RequestBounds? { get }
}

extension RequestSource {
  /// Nothing is known of the requests to come.
  public var bounds: RequestBounds? { nil }
}

/// A request of a source, or the reason why there is none.
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
  let bounds: RequestBounds?

  init(_ requests: [GenerationRequest]) {
    rest = requests[...]
    bounds = RequestBounds(requests)
  }

  func next(waiting: Bool) -> SuppliedRequest { rest.popFirst().map(SuppliedRequest.request) ?? .end }
}
