/// The requests of a source, which can be given once more while nothing has come of them.
struct RequestFeed {
  private let source: any RequestSource
  /// Whether the source has said that there are no more.
  private var sourceHasEnded = false
  /// The requests given so far, by their numbers, as long as they may have to be given again.
  private var given: [Int: GenerationRequest]? = [:]
  /// Requests to give again, before the source is asked.
  private var again: ArraySlice<(number: Int, request: GenerationRequest)> = []
  private var count = 0
  /// The number of the request that was given last, in the order of the source.
  private(set) var number = 0

  init(_ source: any RequestSource) { self.source = source }

  /// Whether all requests have been given.
  var hasEnded: Bool { sourceHasEnded && again.isEmpty }

  /// The next request, as the source answers; `.end` once.
  mutating func next(waiting: Bool) throws -> SuppliedRequest {
    let supplied: SuppliedRequest
    if let old = again.popFirst() {
      (number, supplied) = (old.number, .request(old.request))
    } else {
      supplied = try source.next(waiting: waiting)
      if case .request = supplied { (number, count) = (count, count + 1) }
    }
    switch supplied {
    case .request(let request): given?[number] = request
    case .end: sourceHasEnded = true
    case .notYet: break
    }
    return supplied
  }

  /// The sequences that must run together, of the request with the most that is given again.
  var together: Int { again.map(\.request.together).max() ?? 1 }

  /// Something came of the requests, so they are not given again: forgets them.
  mutating func forgetGiven() { given = nil }

  /// A request ended and nothing came of it, which is told once: forgets it, so that a run of nothing but such needs no
  /// memory for them.
  mutating func forget(_ request: Int) { given?[request] = nil }

  /// Gives all requests again, from the first; false where something came of them.
  mutating func rewind() -> Bool {
    guard let given else { return false }
    again = given.sorted { $0.key < $1.key }.map { (number: $0.key, request: $0.value) } + again
    self.given = [:]
    return true
  }
}
