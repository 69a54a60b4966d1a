/// The activations that a step needs, reused by every layer.
package struct StepActivations<B: Backend> {
  package let x: B.Activations  // (M, C), the residual stream
  package let selected: B.Activations  // (R, C), of it the rows whose logits are wanted
  package let qkv: B.Activations  // (M, 3C)
  package let attended: B.Activations  // (M, C)
  package let inner: B.Activations  // (M, F)
  package let logits: B.Activations  // (R, V)

  package init(
    x: B.Activations, selected: B.Activations, qkv: B.Activations, attended: B.Activations, inner: B.Activations,
    logits: B.Activations
  ) {
    self.x = x
    self.selected = selected
    self.qkv = qkv
    self.attended = attended
    self.inner = inner
    self.logits = logits
  }
}
