/// What the choice of a token is guided away from: the logits that the model gives after another prompt.
package struct UnconditionalLogits: Sendable, Hashable {
  /// (V)
  package var logits: ArraySlice<Float>
  /// How far from their log-probabilities, in steps to those of the prompt's own logits.
  package var scale: Double

  package init(_ logits: ArraySlice<Float>, scale: Double) {
    self.logits = logits
    self.scale = scale
  }
}
