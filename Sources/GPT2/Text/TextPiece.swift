public import Engine

/// The text that a token adds to one of a prompt's texts.
public struct TextPiece: Sendable {
  /// The continuation of the prompt, counted from 0.
  public let sample: Int
  /// The text that became certain, never half a character; may be empty. A text's first piece begins with the prompt,
  /// where the settings say so.
  public let text: String
  /// The token.
  public let token: GeneratedToken
  /// The whole continuation, where this is its last piece.
  public let continuation: Continuation?
}

extension AsyncThrowingStream<TextPiece, any Error> {
  /// Waits for all texts of the prompt; returns them in the order of the samples.
  ///
  /// - Throws: The stream's error; `CancellationError` in a task that is cancelled before the texts are whole.
  public func texts() async throws -> [GPT2.Continuation] {
    var ended: [Int: GPT2.Continuation] = [:]
    for try await piece in self { ended[piece.sample] = piece.continuation ?? ended[piece.sample] }
    // A stream ends early, and without an error, where its reader's task is cancelled.
    try Task.checkCancellation()
    return ended.sorted { $0.key < $1.key }.map(\.value)
  }
}
