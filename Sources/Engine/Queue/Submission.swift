package import Sampling

/// What happens to a request in a queue, up to its end.
package enum RequestEvent: Sendable {
  /// An engine has taken it.
  case started
  /// Its prompt is computed, where that is wanted: see ``GenerationEvent/prompt(request:scores:)``.
  case prompt([ScoredToken])
  /// A continuation grew.
  case token(GeneratedToken)
}

/// A request in a queue, and its client.
package struct Submission: Sendable {
  package let request: GenerationRequest
  let cancellation: Cancellation
  /// Hands an event to the client; false ends the continuation that the token belongs to. Called on an engine's thread.
  let receive: @Sendable (RequestEvent) -> Bool
  /// Says that no more will come, and why where that is an error.
  let finish: @Sendable ((any Error)?) -> Void

  package init(
    _ request: GenerationRequest, _ cancellation: Cancellation = Cancellation(),
    receive: @escaping @Sendable (RequestEvent) -> Bool, finish: @escaping @Sendable ((any Error)?) -> Void
  ) {
    self.request = {
      var request = request
      request.cancellation = cancellation
      return request
    }()
    self.cancellation = cancellation
    self.receive = receive
    self.finish = finish
  }
}
