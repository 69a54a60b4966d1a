internal import Completions
internal import Engine
internal import GPT2
internal import NIOCore
internal import Sampling
internal import Tokenizer

/// The texts of a request, while they are written.
///
/// They end early where the client leaves, the request takes too long, or the server stops.
struct TextRun: Sendable {
  private let events: TextEvents
  private let requests: [TextRequest]
  private let exchange: Exchange
  private let connection: Connection
  private let tokenizer: Tokenizer?
  private let server: ServerCore

  /// Puts the requests into the queue.
  ///
  /// - Throws: ``Refusal`` where it is full.
  init(
    _ requests: [TextRequest], of model: ServedModel, wantsPieces: Bool, for exchange: Exchange, in server: ServerCore
  ) async throws {
    connection = try await exchange.connection()
    (self.requests, self.exchange, self.server) = (requests, exchange, server)
    tokenizer = model.pretrained.tokenizer
    do {
      events = try model.service.events(of: requests, wantsPieces: wantsPieces)
    } catch RequestQueueError.full {
      throw Refusal.queueFull(retryAfter: server.metrics.secondsUntilStarted(model.service.queue.waitingCount))
    } catch RequestQueueError.closed {
      throw Refusal.stopping
    } catch {
      server.log.error("\(error)", exchange)
      throw Refusal.deviceFailed
    }
  }

  /// Gives all that happens to `body`, and counts it.
  ///
  /// - Throws: ``Refusal`` or a `CompletionError` where the texts cannot be written to their ends; errors of `body`.
  func forEach(_ body: (PromptEvent) async throws -> Void) async throws {
    let events = events
    let limits = server.options.limits
    let number = server.lifecycle.register { events.end(throwing: $0) }
    connection.onLeave { events.end(throwing: ClientLeft()) }
    let queueTimer = exchange.schedule(in: limits.queueTime) { events.end(throwing: Refusal.queueTimeout) }
    let requestTimer = exchange.schedule(in: limits.requestTime) { events.end(throwing: Refusal.requestTimeout) }
    var tally = TextTally(requests, since: exchange.start, server.metrics)
    defer {
      server.lifecycle.forget(number)
      connection.onLeave(nil)
      queueTimer.cancel()
      requestTimer.cancel()
      tally.finish(exchange)
    }
    do {
      for try await event in events {
        if case .started = event.kind { queueTimer.cancel() }
        tally.count(event)
        try await body(event)
      }
      // The iteration of a cancelled task ends without an error.
      try Task.checkCancellation()
    } catch {
      tally.end = error is ClientLeft || error is CancellationError ? .cancelled : .error
      throw refusal(error)
    }
  }

  /// The texts of all prompts, whole.
  func prompts() async throws -> [CompletedPrompt] {
    var scores = [[ScoredToken]](repeating: [], count: requests.count)
    var texts = requests.map { [GPT2.Continuation?](repeating: nil, count: $0.tokens.samples) }
    try await forEach { event in
      switch event.kind {
      case .started: break
      case .scores(let found): scores[event.prompt] = found
      case .piece(let piece): texts[event.prompt][piece.sample] = piece.continuation
      }
    }
    return requests.enumerated().map { prompt, request in
      if request.tokens.newTokens.upperBound == 0 {
        var text = GPT2.Continuation(of: request, tokenizer: tokenizer)
        text.endWithoutTokens()
        texts[prompt] = texts[prompt].map { _ in text }
      }
      return CompletedPrompt(request: request, scores: scores[prompt], texts: texts[prompt].compactMap(\.self))
    }
  }

  /// What the client is told of an error.
  private func refusal(_ error: any Error) -> any Error {
    switch error {
    case is Refusal, is CompletionError, is ClientLeft: return error
    case is CancellationError: return ClientLeft()
    case let error as SamplingError:
      return error == .notFinite ? Refusal.notFinite : CompletionError.invalid(error.description)
    case let error as CacheError: return CompletionError.invalid(error.description)
    case RequestQueueError.readerTooSlow: return ClientLeft()
    default:
      server.log.error("\(error)", exchange)
      return Refusal.deviceFailed
    }
  }
}
