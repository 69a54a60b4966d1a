/// The requests of a source, which can be given once more while nothing has come of them.
struct RequestFeed {
  private let source: any RequestSource
  /// Whether the source has said that there are no more.
  private var sourceHasEnded = false
  /// What was given, as long as it may have to be given again.
  private var given: [GenerationRequest]? = []
  /// What is given before the source is asked.
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

  /// Waits for the first request; nil where there is none. It is given again.
  mutating func first() throws -> GenerationRequest? {
    while true {
      switch try next(waiting: true) {
      case .request(let request):
        _ = rewind()
        return request
      case .notYet: continue
      case .end: return nil
      }
    }
  }

  /// Something came of the requests: they are not given again.
  mutating func settle() { given = nil }

  /// Gives all requests again, from the first; false where something came of them.
  mutating func rewind() -> Bool {
    guard let given else { return false }
    again = given[...] + again
    self.given = []
    return true
  }
}
