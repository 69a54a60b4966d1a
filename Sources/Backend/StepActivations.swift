/// The activations that a step needs, reused by every layer.
package struct StepActivations<Activations> {
  package let x: Activations  // (M, C), the residual stream
  package let selected: Activations  // (R, C), of it the rows whose logits are wanted
  package let qkv: Activations  // (M, 3C)
  package let attended: Activations  // (M, C)
  package let inner: Activations  // (M, F)
  package let logits: Activations  // (R, V)

  package init(
    x: Activations, selected: Activations, qkv: Activations, attended: Activations, inner: Activations,
    logits: Activations
  ) {
    self.x = x
    self.selected = selected
    self.qkv = qkv
    self.attended = attended
    self.inner = inner
    self.logits = logits
  }
}
