internal import Checkpoint

/// A block of the transformer: attention, then feed-forward, each of a norm of the residual stream, to which it is added.
public struct Block<B: Backend> {
  let attentionNorm: B.Norm  // (C)
  let attentionInput: B.Matrix  // (C, 3C): queries, keys, values
  let attentionOutput: B.Matrix  // (C, C)
  /// What attention scores are multiplied by.
  let attentionScale: Float
  let feedForwardNorm: B.Norm  // (C)
  let expansion: B.Matrix  // (C, F)
  let activation: Activation
  let contraction: B.Matrix  // (F, C)
}

extension Block {
  /// Its operations, one by one, of the rows of the backend's step.
  ///
  /// - Parameters:
  ///   - outputs: The rows whose logits are wanted, where behind the queries, keys and values nothing reads the others any
  ///     more; nil where something does.
  /// - Returns: Where the residual stream is now.
  func run(
    on backend: B, _ cache: B.Cache, _ s: Session<B>.StepActivations, narrowingTo outputs: Int? = nil
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
