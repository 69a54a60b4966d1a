package import Backend
package import Checkpoint

/// GPT-2 on a backend: Radford et al. 2019, as transformers' `modeling_gpt2.py` computes it.
package final class GPT2Model<B: Backend> {
  /// The checkpoint's configuration.
  package let configuration: ModelConfiguration
  let backend: B
  let tokenEmbedding: B.Matrix  // (C, V), also the head unless that is untied
  let positionEmbedding: B.Table  // (T, C)
  let layers: [Layer<B.Matrix, B.Norm>]
  let finalNorm: B.Norm  // (C)
  let outputProjection: B.Matrix  // (C, V)

  /// Loads a checkpoint's weights onto a backend.
  package init(_ checkpoint: Checkpoint, on backend: B) throws {
    let configuration = checkpoint.configuration
    let shapes = Dictionary(uniqueKeysWithValues: configuration.parameters.map { ($0.name, $0.shape) })
    func tensor(_ name: String) throws -> TensorView {
      try checkpoint.tensor(name, shape: shapes[name] ?? [])
    }
    func norm(_ name: String) throws -> B.Norm {
      try backend.norm(
        gain: tensor(name + ".weight"), bias: tensor(name + ".bias"), epsilon: configuration.layerNormEpsilon)
    }
    func matrix(_ name: String) throws -> B.Matrix {
      try backend.matrix(tensor(name + ".weight"), layout: .inputMajor, bias: tensor(name + ".bias"))
    }
    func embedding(_ name: String) throws -> B.Matrix {
      try backend.matrix(tensor(name), layout: .outputMajor, bias: nil, for: .embedding)
    }

    self.configuration = configuration
    self.backend = backend
    tokenEmbedding = try embedding("wte.weight")
    positionEmbedding = try backend.table(tensor("wpe.weight"))
    layers = try (0..<configuration.layerCount).map { index in
      Layer(
        attentionNorm: try norm("h.\(index).ln_1"),
        attentionInput: try matrix("h.\(index).attn.c_attn"),
        attentionOutput: try matrix("h.\(index).attn.c_proj"),
        attentionScale: configuration.attentionScale(layer: index),
        feedForwardNorm: try norm("h.\(index).ln_2"),
        expansion: try matrix("h.\(index).mlp.c_fc"),
        activation: configuration.activation,
        contraction: try matrix("h.\(index).mlp.c_proj"))
    }
    finalNorm = try norm("ln_f")
    outputProjection = configuration.tieWordEmbeddings ? tokenEmbedding : try embedding("lm_head.weight")
    try backend.finishLoading()
  }

  /// Computes the step's logits, into the session's: in the last layer, of those rows alone whose logits are wanted.
  package func forward(_ step: Step, in session: Session<B>) throws {
    let s = session.activations
    try backend.compute(step, session.slots) { rows in
      let outputs = rows.outputs.count == rows.count ? nil : rows.outputs
      var x = s.x
      try backend.embed(tokenEmbedding, positionEmbedding, rows, into: x)
      for (index, (layer, cache)) in zip(layers, session.caches).enumerated() {
        if outputs == nil, try backend.run(layer, cache, rows, s) { continue }
        x = try layer.run(on: backend, cache, rows, outputs: index == layers.count - 1 ? outputs : nil, s)
      }
      try backend.head(x, finalNorm, outputProjection, rows.outputs, into: s.logits)
    }
  }
}

extension ModelConfiguration {
  /// The factor of a layer's attention scores.
  func attentionScale(layer: Int) -> Float {
    var scale = 1.0
    if scaleAttentionWeights { scale /= Double(headSize).squareRoot() }
    if scaleAttentionByInverseLayerIndex { scale /= Double(layer + 1) }
    return Float(scale)
  }
}
