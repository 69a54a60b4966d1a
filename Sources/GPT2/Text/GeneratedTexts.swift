internal import Engine

/// The texts of many prompts by a ``GenerationService``: those of a prompt as soon as they are whole, prompt after prompt.
///
/// Some prompts are written together, ahead of the one whose texts are waited for. To end them all, leave the loop or cancel
/// the task.
public struct GeneratedTexts: AsyncSequence, Sendable {
  let service: GenerationService
  let prompts: [Prompt]
  let settings: GenerationSettings
  let wantsLogProbabilities: Bool
  let overflow: PromptOverflow
  /// The most prompts that have been submitted and not been read.
  let together: Int

  /// Starts writing.
  public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(self) }

  /// Waits for the texts of one prompt after the other.
  public struct AsyncIterator: AsyncIteratorProtocol {
    private let texts: GeneratedTexts
    private var rest: ArraySlice<Prompt>
    private var submitted: ArraySlice<AsyncThrowingStream<TextPiece, any Error>> = []
    /// Why the prompt behind those that are submitted could not be.
    private var failure: (any Error)?

    init(_ texts: GeneratedTexts) {
      self.texts = texts
      rest = texts.prompts[...]
    }

    /// The texts of the next prompt, in the order of the samples; nil after the last.
    ///
    /// - Throws: ``SettingsError`` for a prompt that cannot be used, after the texts of those before it;
    ///   `RequestQueueError`, `CancellationError`, or the error that ended the engine. There are then no more texts.
    public mutating func next() async throws -> [Continuation]? {
      submit()
      do {
        guard let stream = submitted.popFirst() else {
          if let failure { throw failure }
          return nil
        }
        return try await stream.texts()
      } catch {
        (rest, submitted, failure) = ([], [], nil)
        throw error
      }
    }

    /// Submits prompts, as many as are to be written together.
    private mutating func submit() {
      while submitted.count < Swift.max(1, texts.together), let prompt = rest.first {
        do {
          submitted.append(
            try texts.service.generate(
              prompt, texts.settings, wantsLogProbabilities: texts.wantsLogProbabilities, overflow: texts.overflow))
        } catch RequestQueueError.full where !submitted.isEmpty {
          return  // others use the queue, too: there is room when one of these has been read
        } catch {
          (rest, failure) = ([], error)
          return
        }
        rest = rest.dropFirst()
      }
    }
  }
}

extension GenerationService {
  /// Continues many prompts; their texts come as a sequence, in the order of the prompts.
  ///
  /// ```swift
  /// let service = try await GenerationService(.demo)
  /// let prompts: [Prompt] = [.text("My dream is"), .text("I think that")]
  /// for try await texts in try service.texts(of: prompts, service.pretrained.settings()) { print(texts[0].text) }
  /// ```
  ///
  /// - Parameters:
  ///   - prompts: The prompts; equal ones have equal texts.
  ///   - settings: How to continue them.
  ///   - wantsLogProbabilities: Whether the tokens' log-probabilities are wanted.
  ///   - overflow: How to treat a prompt that is longer than the context allows.
  ///   - together: The most prompts that wait, run, or have texts that have not been read.
  public func texts(
    of prompts: [Prompt], _ settings: GenerationSettings, wantsLogProbabilities: Bool = false,
    overflow: PromptOverflow = .error, together: Int = 64
  ) -> GeneratedTexts {
    GeneratedTexts(
      service: self, prompts: prompts, settings: settings, wantsLogProbabilities: wantsLogProbabilities,
      overflow: overflow, together: together)
  }
}
