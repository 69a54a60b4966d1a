internal import Sampling
internal import Synchronization

/// The requests that one engine has of a queue: its source, and the way of its tokens to the clients.
final class QueuedRequests: RequestSource {
  private let queue: RequestQueue
  /// By their numbers in the order in which they were given: the clients, and how many of their continuations go on.
  private var inFlight: [Int: (submission: Submission, continuations: Int)] = [:]
  private var given = 0

  init(_ queue: RequestQueue) { self.queue = queue }

  func next(waiting: Bool) throws -> SuppliedRequest {
    while true {
      switch try queue.waiting.dequeue(waiting: waiting) {
      case .notYet: return .notYet
      case .end: return .end
      case .element(let submission):
        if submission.cancellation.isCancelled {
          submission.finish(CancellationError())
          continue
        }
        inFlight[given] = (submission, submission.request.samples)
        given += 1
        queue.running.add(1, ordering: .acquiringAndReleasing)
        _ = submission.receive(.started)
        return .request(submission.request)
      }
    }
  }

  /// Hands an event to its client; returns whether the continuation goes on.
  func handle(_ event: GenerationEvent) -> Bool {
    switch event {
    case .token(let token):
      guard let submission = inFlight[token.request]?.submission else { return false }
      if submission.receive(.token(token)), token.finish == nil { return true }
      inFlight[token.request]?.continuations -= 1
      if inFlight[token.request]?.continuations == 0 { end(token.request, nil) }
    case .prompt(let request, let scores):
      guard let submission = inFlight[request]?.submission else { return false }
      _ = submission.receive(.prompt(scores))
      if submission.request.newTokens.upperBound == 0 { end(request, nil) }
    case .failed(let request, let error): end(request, error)
    case .cancelled(let request): end(request, CancellationError())
    }
    return false
  }

  /// Ends all requests by an error.
  func fail(_ error: any Error) { for request in inFlight.keys { end(request, error) } }

  private func end(_ request: Int, _ error: (any Error)?) {
    guard let (submission, _) = inFlight.removeValue(forKey: request) else { return }
    queue.running.subtract(1, ordering: .acquiringAndReleasing)
    submission.finish(error)
  }
}
