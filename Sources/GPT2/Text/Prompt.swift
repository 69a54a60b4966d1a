public import Tokenizer

/// A text or tokens to continue.
public enum Prompt: Sendable {
  /// Text, tokenized by the model's tokenizer.
  case text(String)
  /// Token ids.
  case tokens([TokenID])
}

/// How to treat a prompt that is longer than the model's context allows.
public enum PromptOverflow: String, CaseIterable, Sendable {
  /// It is refused.
  case error
  /// Its beginning is left out.
  case leftTruncate = "left-truncate"
}
