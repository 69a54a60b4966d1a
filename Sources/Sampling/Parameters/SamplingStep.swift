/// Where in a text a token is chosen: what the choice may depend on besides the logits.
package struct SamplingStep: Sendable, Hashable {
  /// Prompt and continuation so far.
  package var tokens: [Int32]
  /// How many of them are the prompt's.
  package var promptCount: Int
  /// Whether the text has all the tokens that it may have with this one.
  package var isLast: Bool
  /// What the choice is guided away from; nil where it is not.
  package var unconditional: UnconditionalLogits?

  /// A step; nothing is known of its text by default.
  package init(
    tokens: [Int32] = [], promptCount: Int = 0, isLast: Bool = false, unconditional: UnconditionalLogits? = nil
  ) {
    self.tokens = tokens
    self.promptCount = promptCount
    self.isLast = isLast
    self.unconditional = unconditional
  }

  /// The prompt.
  var prompt: ArraySlice<Int32> { tokens.prefix(promptCount) }
  /// The continuation so far.
  var generated: ArraySlice<Int32> { tokens.dropFirst(promptCount) }
}
