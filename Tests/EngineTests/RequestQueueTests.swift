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
@Suite struct RequestQueueTests: RequestQueueSuite {
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
    bad.sampling.suppressTokens = Array(0..<Int32(EngineTests.vocabularySize))
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
