internal import Synchronization

/// Requests of many clients for one engine or several: first come, first served, each with a stream of its tokens.
///
/// Clients submit from any task or thread; each engine serves on a thread of its own. A client that cancels its task, or
/// lets go of its stream, ends its request: at once while it waits, within a step once it has a slot. Its stream then
/// ends, or with a `CancellationError`.
public final class RequestQueue: Sendable {
  /// A request and its client.
  struct Submission: Sendable {
    let request: GenerationRequest
    let cancellation: Cancellation
    /// Hands a token to the client; false ends its continuation.
    let receive: @Sendable (GeneratedToken) -> Bool
    /// Ends the client's stream.
    let finish: @Sendable ((any Error)?) -> Void
  }

  let waiting: BoundedQueue<Submission>
  let running = Atomic(0)
  private let bufferLimit: Int

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
    var request = request
    let cancellation = request.cancellation ?? Cancellation()
    request.cancellation = cancellation
    let submission = Submission(request: request, cancellation: cancellation) { token in
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
    client.onTermination = { [waiting] reason in
      guard case .cancelled = reason else { return }
      cancellation.cancel()
      waiting.remove { $0.cancellation === cancellation }
    }
    switch waiting.enqueueIfRoom(submission) {
    case .added: return stream
    case .full: throw RequestQueueError.full
    case .closed: throw waiting.failure ?? RequestQueueError.closed
    }
  }

  /// Adds a request at the end of the queue; its tokens come in a stream.
  ///
  /// - Throws: ``RequestQueueError``; the engine's error where that closed the queue.
  public func submit(_ request: GenerationRequest) throws -> AsyncThrowingStream<GeneratedToken, any Error> {
    try submit(request) { ($0, true) }
  }

  /// Takes no more requests; those that are there are finished, and engines then return.
  public func close() { waiting.finish() }

  /// Serves requests on this thread, until the queue is closed and empty.
  ///
  /// - Throws: The engine's error, as do the streams of its requests; where it was the last engine, all others' too.
  package func serve(
    on engine: any InferenceEngine, batchSize: Int? = nil, endOfText: [Int32]
  ) throws -> RunStatistics {
    let source = QueuedRequests(self)
    do {
      let statistics = try engine.run(
        source, batchSize: batchSize, endOfText: endOfText, onStep: nil, onEvent: source.handle)
      waiting.leave()
      return statistics
    } catch {
      if waiting.leave() == 0 {
        for submission in waiting.close(throwing: error) { submission.finish(error) }
      }
      source.fail(error)
      throw error
    }
  }
}
