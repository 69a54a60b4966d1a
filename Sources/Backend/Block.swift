package import Checkpoint

/// A block of the transformer: attention, then feed-forward, each of a norm of the residual stream, to which it is added.
package struct Block<B: Backend> {
  package let attentionNorm: B.Norm  // (C)
  package let attentionInput: B.Matrix  // (C, 3C): queries, keys, values
  package let attentionOutput: B.Matrix  // (C, C)
  /// What attention scores are multiplied by.
  package let attentionScale: Float
  package let feedForwardNorm: B.Norm  // (C)
  package let expansion: B.Matrix  // (C, F)
  package let activation: Activation
  package let contraction: B.Matrix  // (F, C)

  package init(
    attentionNorm: B.Norm, attentionInput: B.Matrix, attentionOutput: B.Matrix, attentionScale: Float,
    feedForwardNorm: B.Norm, expansion: B.Matrix, activation: Activation, contraction: B.Matrix
  ) {
    self.attentionNorm = attentionNorm
    self.attentionInput = attentionInput
    self.attentionOutput = attentionOutput
    self.attentionScale = attentionScale
    self.feedForwardNorm = feedForwardNorm
    self.expansion = expansion
    self.activation = activation
    self.contraction = contraction
  }
}

extension Block {
  /// Its operations, one by one, of the rows of the backend's step.
  ///
  /// - Parameters:
  ///   - outputs: The rows whose logits are wanted, where behind the queries, keys and values nothing reads the others any
  ///     more; nil where something does.
  /// - Returns: Where the residual stream is now.
  package func run(
    on backend: B, _ cache: B.Cache, _ s: StepActivations<B>, narrowingTo outputs: Int? = nil
  ) throws -> B.Activations {
    var x = s.x
    try backend.normalizedLinear(x, attentionNorm, attentionInput, .linear, scratch: s.normalized, into: s.qkv)
    if outputs != nil {
      try backend.narrow(x, into: s.selected)
      x = s.selected
    }
    try backend.attention(s.qkv, cache, scale: attentionScale, into: s.attended)
    if outputs == 0 { return x }
    try backend.linear(s.attended, attentionOutput, addingTo: x)
    try backend.normalizedLinear(x, feedForwardNorm, expansion, activation, scratch: s.normalized, into: s.inner)
    try backend.linear(s.inner, contraction, addingTo: x)
    return x
  }
}
