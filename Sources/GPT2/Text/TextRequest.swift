public import Engine

/// A prompt that a model has accepted and tokenized, with everything that its text depends on.
public struct TextRequest: Sendable {
  /// The request in tokens.
  public var tokens: GenerationRequest
  /// How many of the prompt's tokens are the prefix.
  package let prefixCount: Int
  /// The part of the prompt that belongs to the text.
  public let shown: String
  /// The strings that end a text.
  public let stops: [String]
  /// The tokens that end a text as stop strings do.
  public let stopTokens: [Int32]
  /// Whether the string or token that ends a text is part of it.
  public let includesStop: Bool
}
