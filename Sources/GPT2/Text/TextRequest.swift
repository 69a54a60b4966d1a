public import Engine

/// A prompt that a model has accepted and tokenized, with everything that its text depends on.
public struct TextRequest: Sendable {
  /// The request in tokens.
  public var tokens: GenerationRequest
  /// The part of the prompt that belongs to the text.
  public let shown: String
  /// The strings that end a text.
  public let stops: [String]
}
