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
