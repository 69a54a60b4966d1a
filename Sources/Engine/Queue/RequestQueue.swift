internal import Synchronization

/// Requests of many clients for one engine or several: first come, first served, each with a stream of its tokens.
///
/// Clients submit from any task or thread; each engine serves on a thread of its own. A client that cancels its task, or
/// lets go of its stream, ends its request: at once while it waits, within a step once it has a slot. Its stream then
/// ends, or with a `CancellationError`.
public final class RequestQueue: Sendable {
  let waiting: BoundedQueue<Submission>
  let running = Atomic(0)
  /// The most outputs that wait for a client.
  package let bufferLimit: Int

  /// Makes an empty queue.
  ///
  /// - Parameters:
  ///   - capacity: The most requests that wait for a slot.
  ///   - bufferLimit: The most outputs that wait for a client, 65,536 tokens of about 50 bytes by default. A request
  ///     whose client falls further behind is cancelled, so that nobody's slowness takes memory or stops the others.
  ///   - engines: How many engines serve the queue.
  public init(capacity: Int = 256, bufferLimit: Int = 1 << 16, engines: Int = 1) {
    waiting = BoundedQueue(capacity: capacity, consumers: engines)
    self.bufferLimit = bufferLimit
  }

  /// Requests that wait for a slot.
  public var waitingCount: Int { waiting.count }
  /// Requests that an engine works on.
  public var runningCount: Int { running.load(ordering: .acquiring) }

  /// Adds a request at the end of the queue.
  ///
  /// - Parameter read: Makes the client's output of a token, if any, and says whether the continuation goes on. Called
  ///   on an engine's thread, token after token.
  /// - Returns: The outputs. The stream ends with the last continuation, or with an error: of the request, of the
  ///   engine, or ``RequestQueueError/readerTooSlow``.
  /// - Throws: ``RequestQueueError/full`` or ``RequestQueueError/closed``; the engine's error where that closed it.
  public func submit<Output: Sendable>(
    _ request: GenerationRequest, reading read: @escaping @Sendable (GeneratedToken) -> (output: Output?, goesOn: Bool)
  ) throws -> AsyncThrowingStream<Output, any Error> {
    let (stream, client) = AsyncThrowingStream<Output, any Error>.makeStream(
      bufferingPolicy: .bufferingOldest(bufferLimit))
    let cancellation = request.cancellation ?? Cancellation()
    let submission = Submission(request, cancellation) { event in
      guard case .token(let token) = event else { return true }
      let (output, goesOn) = read(token)
      guard let output else { return goesOn }
      switch client.yield(output) {
      case .enqueued: return goesOn
      case .dropped: client.finish(throwing: RequestQueueError.readerTooSlow)
      case .terminated: break
      @unknown default: break
      }
      cancellation.cancel()
      return false
    } finish: { error in
      client.finish(throwing: error)
    }
    client.onTermination = { [weak self] reason in
      if case .cancelled = reason { self?.cancel([submission]) }
    }
    try submit([submission])
    return stream
  }

  /// Adds requests at the end of the queue, all or none.
  ///
  /// - Throws: ``RequestQueueError``; the engine's error where that closed the queue.
  package func submit(_ submissions: [Submission]) throws {
    switch waiting.enqueueIfRoom(submissions) {
    case .added: break
    case .full: throw RequestQueueError.full
    case .closed: throw waiting.failure ?? RequestQueueError.closed
    }
  }

  /// Cancels requests: those that wait leave the queue at once, and are not finished.
  package func cancel(_ submissions: [Submission]) {
    for submission in submissions { submission.cancellation.cancel() }
    waiting.remove { element in submissions.contains { $0.cancellation === element.cancellation } }
  }

  /// Adds a request at the end of the queue; its tokens come in a stream.
  ///
  /// - Throws: ``RequestQueueError``; the engine's error where that closed the queue.
  public func submit(_ request: GenerationRequest) throws -> AsyncThrowingStream<GeneratedToken, any Error> {
    try submit(request) { ($0, true) }
  }

  /// Takes no more requests; those that are there are finished, and engines then return.
  public func close() { waiting.finish() }

  /// Takes no more requests, and ends those that wait by an error.
  package func fail(_ error: any Error) {
    for submission in waiting.close(throwing: error) { submission.finish(error) }
  }

  /// Serves requests on this thread, until the queue is closed and empty.
  ///
  /// - Parameter onStep: Called with the time of each step.
  /// - Throws: The engine's error, as do the streams of its requests; where it was the last engine, all others' too.
  package func serve(
    on engine: any InferenceEngine, batchSize: Int? = nil, endOfText: [Int32], onStep: ((StepTime) -> Void)? = nil
  ) throws -> RunStatistics {
    let source = QueuedRequests(self)
    do {
      let statistics = try engine.run(
        source, batchSize: batchSize, endOfText: endOfText, onStep: onStep, onEvent: source.handle)
      waiting.leave()
      return statistics
    } catch {
      if waiting.leave() == 0 { fail(error) }
      source.fail(error)
      throw error
    }
  }
}
