package import Checkpoint

/// A layer of the transformer: attention, then the MLP, each of a norm of the residual stream, to which it is added.
package struct Layer<Matrix, Norm> {
  package let attentionNorm: Norm  // (C)
  package let attentionInput: Matrix  // (C, 3C): queries, keys, values
  package let attentionOutput: Matrix  // (C, C)
  /// The factor of attention scores.
  package let attentionScale: Float
  package let feedForwardNorm: Norm  // (C)
  package let expansion: Matrix  // (C, F)
  package let activation: Activation
  package let contraction: Matrix  // (F, C)

  package init(
    attentionNorm: Norm, attentionInput: Matrix, attentionOutput: Matrix, attentionScale: Float,
    feedForwardNorm: Norm, expansion: Matrix, activation: Activation, contraction: Matrix
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

extension Layer {
  /// Its operations, one by one.
  ///
  /// - Parameters:
  ///   - rows: The step's rows.
  ///   - outputs: Those that are read behind this layer, where they are not all: only they are computed behind the keys
  ///     and values.
  /// - Returns: Where the residual stream is now: that of `outputs` is in `s.selected`.
  package func run<B: Backend<Matrix, Norm>>(
    on backend: B, _ cache: B.Cache, _ rows: B.Rows, outputs: B.Rows? = nil, _ s: StepActivations<B.Activations>
  ) throws -> B.Activations {
    try backend.normalizedLinear(s.x, attentionNorm, attentionInput, .linear, rows, into: s.qkv)
    if let outputs { try backend.select(outputs, of: s.x, into: s.selected) }
    let (x, rows) = (outputs == nil ? s.x : s.selected, outputs ?? rows)
    try backend.attention(s.qkv, cache, scale: attentionScale, rows, into: s.attended)
    try backend.linear(s.attended, attentionOutput, rows, addingTo: x)
    try backend.normalizedLinear(x, feedForwardNorm, expansion, activation, rows, into: s.inner)
    try backend.linear(s.inner, contraction, rows, addingTo: x)
    return x
  }
}
