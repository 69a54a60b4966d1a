import Dispatch
import OpenCL
import Synchronization
import TestSupport
import Testing

@testable import Engine
@testable import Sampling

/// Requests of many clients, on the mock model.
///
/// Where a test says when something happens, it happens on the engine's thread, at the beginning of a step.
@Suite struct RequestQueueTests {
  private typealias Stream = AsyncThrowingStream<GeneratedToken, any Error>

  private func request(_ item: Int, prompt: Int = 2, new: Int = 3) -> GenerationRequest {
    GenerationRequest(
      item: UInt64(item), prompt: (0..<Int32(prompt)).map { ($0 + Int32(item)) % 40 }, newTokens: 0...new,
      ignoresEndOfText: true)
  }

  /// Serves until the queue is closed and empty.
  private func serve(
    _ queue: RequestQueue, _ backend: MockBackend = MockBackend(), chunk: Int = 1024, batchSize: Int = 4
  ) throws {
    _ = try queue.serve(
      on: EngineTests.engine(backend, promptChunk: chunk), batchSize: batchSize, endOfText: EngineTests.endOfText)
    #expect(queue.waitingCount == 0 && queue.runningCount == 0)
  }

  /// A stream's tokens, and the error that ended it.
  private func read(_ stream: Stream) async -> (tokens: [Int32], error: (any Error)?) {
    var tokens: [Int32] = []
    do {
      for try await token in stream { tokens.append(token.token) }
      return (tokens, nil)
    } catch {
      return (tokens, error)
    }
  }

  private func expected(_ request: GenerationRequest) throws -> [Int32] {
    try EngineTests.expected(request, sample: 0).tokens
  }

  @Test func firstComeFirstServed() async throws {
    let queue = RequestQueue(capacity: 20)
    let order = Mutex<[Int]>([])
    let requests = (0..<20).map { request($0, new: 1 + $0 % 5) }
    let streams = try requests.enumerated().map { index, request in
      try queue.submit(request) { token -> (output: GeneratedToken?, goesOn: Bool) in
        if token.finish != nil { order.withLock { $0.append(index) } }
        return (token, true)
      }
    }
    #expect(queue.waitingCount == 20)
    queue.close()
    try serve(queue, batchSize: 1)
    #expect(order.withLock { $0 } == Array(0..<20))
    for (request, stream) in zip(requests, streams) {
      let found = await read(stream)
      #expect(try found.tokens == expected(request) && found.error == nil)
    }
  }

  @Test func aFullQueueRefuses() async throws {
    let queue = RequestQueue(capacity: 2)
    let streams = try (0..<2).map { try queue.submit(request($0)) }
    #expect(throws: RequestQueueError.full) { _ = try queue.submit(request(2)) }
    queue.close()
    #expect(throws: RequestQueueError.closed) { _ = try queue.submit(request(3)) }
    try serve(queue)
    for stream in streams { #expect(await read(stream).error == nil) }
  }

  // MARK: Cancelling

  /// Who lets go of the stream of a request that waits makes room at once.
  @Test func inTheQueue() async throws {
    let queue = RequestQueue(capacity: 3)
    let backend = MockBackend()
    let first = try queue.submit(request(0))
    var second: Stream? = try queue.submit(request(1, prompt: 30))
    let third = try queue.submit(request(2))
    #expect(queue.waitingCount == 3 && second != nil)
    second = nil
    #expect(queue.waitingCount == 2)
    let cancelled = Cancellation()
    var fourth = request(3, prompt: 30)
    fourth.cancellation = cancelled
    let stream = try queue.submit(fourth)
    cancelled.cancel()
    queue.close()
    try serve(queue, backend)
    #expect(backend.stepSizes.max() ?? 30 < 30)
    #expect(try await read(first).tokens == expected(request(0)))
    #expect(try await read(third).tokens == expected(request(2)))
    #expect(await read(stream).error is CancellationError)
  }

  /// While a prompt is computed in chunks, no more than the next chunk of it is.
  @Test func inPrefill() async throws {
    let queue = RequestQueue()
    let backend = MockBackend()
    let cancellation = Cancellation()
    var long = request(0, prompt: 1000)
    long.cancellation = cancellation
    let (stream, other) = (try queue.submit(long), try queue.submit(request(1, new: 9)))
    backend.onStep = { if $0 == 3 { cancellation.cancel() } }
    queue.close()
    try serve(queue, backend, chunk: 10, batchSize: 2)
    let found = await read(stream)
    #expect(found.tokens.isEmpty && found.error is CancellationError)
    #expect(backend.stepSizes.count { $0 == 10 } == 4)
    #expect(try await read(other).tokens == expected(request(1, new: 9)))
  }

  /// The slot is the next request's within a step.
  @Test func inDecode() async throws {
    let queue = RequestQueue()
    let backend = MockBackend()
    let cancellation = Cancellation()
    var long = request(0, prompt: 1, new: 200)
    long.cancellation = cancellation
    let (stream, next) = (try queue.submit(long), try queue.submit(request(1, prompt: 7)))
    backend.onStep = { if $0 == 20 { cancellation.cancel() } }
    queue.close()
    try serve(queue, backend, batchSize: 1)
    #expect(backend.stepSizes.firstIndex(of: 7) == 21)
    let found = await read(stream)
    #expect(found.error is CancellationError)
    #expect(try found.tokens == Array(expected(request(0, prompt: 1, new: 200)).prefix(found.tokens.count)))
    #expect(found.tokens.count == 20)
    #expect(try await read(next).tokens == expected(request(1, prompt: 7)))
  }

  @Test func afterTheEnd() async throws {
    let queue = RequestQueue()
    let cancellation = Cancellation()
    var request = self.request(0)
    request.cancellation = cancellation
    let stream = try queue.submit(request)
    queue.close()
    try serve(queue)
    cancellation.cancel()
    let found = await read(stream)
    #expect(try found.error == nil && found.tokens == expected(request))
  }

  /// A client's task that is cancelled ends its request. Its stream ends, or with the engine's word for it, whichever of
  /// the two threads is first.
  @Test func aCancelledTaskEndsItsRequest() async throws {
    for _ in 0..<20 {
      let queue = RequestQueue(capacity: 2)
      let stream = try queue.submit(request(0, new: 2000))
      async let end: Void = onThread(queue)
      let reader = Task {
        var count = 0
        do {
          for try await _ in stream {
            count += 1
            if count == 5 { withUnsafeCurrentTask { $0?.cancel() } }
          }
        } catch {
          #expect(error is CancellationError)
        }
        return count
      }
      #expect(await reader.value < 2000)
      queue.close()
      try await end
    }
  }

  /// A thousand requests are cancelled at any time: the others' tokens are untouched.
  @Test func aThousandCancellations() async throws {
    var generator = TestGenerator(state: 12)
    let queue = RequestQueue(capacity: 1500)
    let backend = MockBackend()
    var requests = (0..<1500).map { item in
      var request = EngineTests.randomRequest(item, &generator)
      request.samples = 1
      return request
    }
    for index in 0..<1000 { requests[index].cancellation = Cancellation() }
    let doomed = requests.prefix(1000).compactMap(\.cancellation).shuffled(using: &generator)
    requests.shuffle(using: &generator)
    let streams = try requests.map { try queue.submit($0) }
    var left = doomed[...]
    for cancellation in left.prefix(50) { cancellation.cancel() }
    left = left.dropFirst(50)
    backend.onStep = { _ in
      for _ in 0..<(generator.next() % 3) { left.popFirst()?.cancel() }
    }
    queue.close()
    try serve(queue, backend, chunk: 16, batchSize: 7)
    var ended = 0
    for (request, stream) in zip(requests, streams) {
      let (found, whole) = (await read(stream), try expected(request))
      if found.error is CancellationError {
        ended += 1
        #expect(request.cancellation != nil && whole.starts(with: found.tokens))
      } else {
        #expect(found.error == nil && found.tokens == whole)
      }
    }
    #expect(ended > 300)
  }

  // MARK: Ends

  /// Serves on a thread of its own; whoever waits for the end closes the queue first, on every way out.
  private func onThread(_ queue: RequestQueue, batchSize: Int = 4) async throws {
    try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
      DispatchQueue(label: "engine").async {
        continuation.resume(with: Result { try self.serve(queue, batchSize: batchSize) })
      }
    }
  }

  /// An engine that waits for requests, or will, returns when the queue is closed.
  @Test func closingEndsAnEngineThatWaits() async throws {
    for _ in 0..<100 {
      let queue = RequestQueue()
      async let end: Void = onThread(queue)
      await Task.yield()
      queue.close()
      try await end
    }
  }

  /// Clients that are faster than the engine are refused, try again, and lose nothing.
  @Test func clientsFasterThanTheEngine() async throws {
    let queue = RequestQueue(capacity: 5)
    async let end: Void = onThread(queue)
    defer { queue.close() }  // whatever happens: nobody leaves while the engine waits
    try await withThrowingTaskGroup(of: Void.self) { group in
      for client in 0..<8 {
        group.addTask {
          for number in 0..<25 {
            let request = self.request(100 * client + number, new: 1 + number % 4)
            while true {
              do {
                let found = await read(try queue.submit(request))
                #expect(try found.tokens == expected(request) && found.error == nil)
                break
              } catch RequestQueueError.full {
                #expect(queue.waitingCount <= 5)
                await Task.yield()
              }
            }
          }
        }
      }
      try await group.waitForAll()
    }
    queue.close()
    try await end
  }

  /// Where the engine fails, everybody hears of it: those that run, wait, and come later.
  @Test func theEnginesErrorIsEverybodys() async throws {
    let queue = RequestQueue()
    let backend = MockBackend()
    backend.brokenStep = 2
    let streams = try (0..<9).map { try queue.submit(request($0, new: 9)) }
    #expect(throws: OpenCLError.self) { try serve(queue, backend, batchSize: 3) }
    for stream in streams { #expect(await read(stream).error is OpenCLError) }
    #expect(throws: OpenCLError.self) { _ = try queue.submit(request(0)) }
    #expect(queue.waitingCount == 0 && queue.runningCount == 0)
  }

  @Test func aRequestsErrorIsItsOwn() async throws {
    let queue = RequestQueue()
    var bad = request(0)
    bad.sampling.badWords = (0..<Int32(EngineTests.vocabularySize)).map { [$0] }
    let (stream, other) = (try queue.submit(bad), try queue.submit(request(1)))
    queue.close()
    try serve(queue)
    #expect(await read(stream).error as? SamplingError == .nothingLeft)
    #expect(try await read(other).tokens == expected(request(1)))
  }

  /// Who does not read is ended, and takes no memory beyond the limit; who reads in time is not.
  @Test func aSlowReaderIsEnded() async throws {
    let queue = RequestQueue(bufferLimit: 6)
    let (slow, quick) = (try queue.submit(request(0, new: 50)), try queue.submit(request(1, new: 6)))
    queue.close()
    try serve(queue)
    let found = await read(slow)
    #expect(found.tokens.count == 6 && found.error as? RequestQueueError == .readerTooSlow)
    #expect(await read(quick).error == nil)
  }

  /// The client ends one of several continuations.
  @Test func oneContinuationIsEnded() async throws {
    let queue = RequestQueue()
    var three = request(0, new: 9)
    (three.samples, three.sampling.doSample) = (3, true)
    let stream = try queue.submit(three) { token -> (output: GeneratedToken?, goesOn: Bool) in
      (token, token.sample != 1)
    }
    queue.close()
    try serve(queue)
    var counts = [0, 0, 0]
    for try await token in stream { counts[token.sample] += 1 }
    #expect(counts == [9, 1, 9])
  }

  @Test func severalEnginesServeOneQueue() async throws {
    let queue = RequestQueue(engines: 3)
    let requests = (0..<60).map { request($0, new: 1 + $0 % 7) }
    let streams = try requests.map { try queue.submit($0) }
    queue.close()
    try await withThrowingTaskGroup(of: Void.self) { group in
      for size in 1...3 {
        group.addTask {
          try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            DispatchQueue(label: "engine").async {
              continuation.resume(
                with: Result {
                  _ = try queue.serve(
                    on: EngineTests.engine(), batchSize: size, endOfText: EngineTests.endOfText)
                })
            }
          }
        }
      }
      try await group.waitForAll()
    }
    for (request, stream) in zip(requests, streams) {
      let found = await read(stream)
      #expect(try found.tokens == expected(request) && found.error == nil)
    }
  }
}
