internal import Engine
package import Sampling
internal import Synchronization

/// What happens to one of several prompts.
package struct PromptEvent: Sendable {
  package enum Kind: Sendable {
    /// It has left the queue.
    case started
    /// How likely its own tokens are, from the second on, where that is wanted. The only event where no tokens follow.
    case scores([ScoredToken])
    /// A text grew.
    case piece(TextPiece)
  }

  /// Its place among the prompts.
  package let prompt: Int
  package let kind: Kind
}

/// What happens to prompts that are continued together, as it happens. To end them all early, end the iteration, cancel the
/// task, or call ``end(throwing:)``.
package struct TextEvents: AsyncSequence, Sendable {
  private let stream: AsyncThrowingStream<PromptEvent, any Error>
  private let client: AsyncThrowingStream<PromptEvent, any Error>.Continuation

  init(_ service: GenerationService, _ requests: [TextRequest], wantsPieces: Bool) throws {
    let (stream, client) = AsyncThrowingStream<PromptEvent, any Error>.makeStream(
      bufferingPolicy: .bufferingOldest(service.queue.bufferLimit))
    (self.stream, self.client) = (stream, client)
    let unfinished = Countdown(from: requests.count)
    let submissions = requests.enumerated().map { prompt, request in
      let assembler = TextAssembler(request, service.pretrained)
      return Submission(request.tokens) { event in
        let kind: PromptEvent.Kind
        var goesOn = true
        switch event {
        case .started: kind = .started
        case .prompt(let scores): kind = .scores(scores)
        case .token(let token):
          let (piece, isFirst) = assembler.append(token)
          goesOn = piece.continuation == nil
          if goesOn && !wantsPieces && !isFirst { return true }
          kind = .piece(piece)
        }
        if case .dropped = client.yield(PromptEvent(prompt: prompt, kind: kind)) {
          client.finish(throwing: RequestQueueError.readerTooSlow)
        }
        return goesOn
      } finish: { error in
        if error != nil || unfinished.count() == 0 { client.finish(throwing: error) }
      }
    }
    client.onTermination = { [weak queue = service.queue] _ in queue?.cancel(submissions) }
    do {
      try service.queue.submit(submissions)
    } catch {
      client.finish()
      throw error
    }
  }

  /// Ends all texts by an error, which the reader gets after what has come so far.
  package func end(throwing error: any Error) { client.finish(throwing: error) }

  package func makeAsyncIterator() -> AsyncThrowingStream<PromptEvent, any Error>.AsyncIterator {
    stream.makeAsyncIterator()
  }
}

extension GenerationService {
  /// Continues several prompts together that have been tokenized.
  ///
  /// - Parameter wantsPieces: Whether texts are wanted as they grow; otherwise come a prompt's first token and whole texts.
  /// - Throws: `RequestQueueError` where no more requests are taken: none of them then is.
  package func events(of requests: [TextRequest], wantsPieces: Bool) throws -> TextEvents {
    try TextEvents(self, requests, wantsPieces: wantsPieces)
  }
}

/// Counts down from any thread.
private final class Countdown: Sendable {
  private let left: Atomic<Int>

  init(from count: Int) { left = Atomic(count) }

  /// Counts one less; returns how many are left.
  func count() -> Int { left.subtract(1, ordering: .acquiringAndReleasing).newValue }
}
