/// How to treat special tokens that are spelled out in a text.
public enum SpecialTokens: Sendable {
  /// `<|endoftext|>` in the text is that token, as in Hugging Face's tokenizers.
  case recognized
  /// They are ordinary text, so that a text from a stranger cannot end or steer the model.
  case plain
}
