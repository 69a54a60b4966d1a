/// The requests of a source, which can be given once more while nothing has come of them.
struct RequestFeed {
  private let source: any RequestSource
  /// Whether the source has said that there are no more.
  private var sourceHasEnded = false
  /// The requests given so far, as long as they may have to be given again.
  private var given: [GenerationRequest]? = []
  /// Requests to give again, before the source is asked.
  private var again: ArraySlice<GenerationRequest> = []

  init(_ source: any RequestSource) { self.source = source }

  /// Whether all requests have been given.
  var hasEnded: Bool { sourceHasEnded && again.isEmpty }

  /// The next request, as the source answers; `.end` once.
  mutating func next(waiting: Bool) throws -> SuppliedRequest {
    let supplied = try again.popFirst().map(SuppliedRequest.request) ?? source.next(waiting: waiting)
    switch supplied {
    case .request(let request): given?.append(request)
    case .end: sourceHasEnded = true
    case .notYet: break
    }
    return supplied
  }

  /// Something came of the requests, so they are not given again: forgets them.
  mutating func forgetGiven() { given = nil }

  /// Gives all requests again, from the first; false where something came of them.
  mutating func rewind() -> Bool {
    guard let given else { return false }
    again = given[...] + again
    self.given = []
    return true
  }
}
