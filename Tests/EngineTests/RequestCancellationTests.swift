import Synchronization
import TestSupport
import Testing

@testable import Engine
@testable import Sampling

/// Requests that are cancelled wherever they are.
///
/// Where a test says when something happens, it happens on the engine's thread, at the beginning of a step.
@Suite struct RequestCancellationTests: RequestQueueSuite {
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
}
