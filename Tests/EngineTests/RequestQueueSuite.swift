import Dispatch
import TestSupport
import Testing

@testable import Engine

/// What tests of the request queue share.
protocol RequestQueueSuite: Sendable {}

extension RequestQueueSuite {
  typealias Stream = AsyncThrowingStream<GeneratedToken, any Error>

  func request(_ item: Int, prompt: Int = 2, new: Int = 3) -> GenerationRequest {
    GenerationRequest(
      item: UInt64(item), prompt: (0..<Int32(prompt)).map { ($0 + Int32(item)) % 40 }, newTokens: 0...new,
      ignoresEndOfText: true)
  }

  /// Serves until the queue is closed and empty.
  func serve(
    _ queue: RequestQueue, _ backend: MockBackend = MockBackend(), chunk: Int = 1024, batchSize: Int = 4
  ) throws {
    _ = try queue.serve(
      on: EngineTests.engine(backend, promptChunk: chunk), batchSize: batchSize, endOfText: EngineTests.endOfText)
    #expect(queue.waitingCount == 0 && queue.runningCount == 0)
  }

  /// A stream's tokens, and the error that ended it.
  func read(_ stream: Stream) async -> (tokens: [Int32], error: (any Error)?) {
    var tokens: [Int32] = []
    do {
      for try await token in stream { tokens.append(token.token) }
      return (tokens, nil)
    } catch {
      return (tokens, error)
    }
  }

  func expected(_ request: GenerationRequest) throws -> [Int32] {
    try EngineTests.expected(request, sample: 0).tokens
  }

  /// Serves on a thread of its own; whoever waits for the end closes the queue first, on every way out.
  func onThread(_ queue: RequestQueue, batchSize: Int = 4) async throws {
    try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
      DispatchQueue(label: "engine").async {
        continuation.resume(with: Result { try self.serve(queue, batchSize: batchSize) })
      }
    }
  }
}
