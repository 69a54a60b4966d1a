/// The fields of a GPT-2 `config.json` that matter at inference; defaults are `GPT2Config`'s.
public struct ModelConfiguration: Sendable, Hashable {
  /// V: the number of token ids, the rows of `wte`.
  public var vocabularySize = 50257
  /// T: the number of positions, the rows of `wpe`.
  public var contextLength = 1024
  /// C: the width of the residual stream.
  public var embeddingSize = 768
  /// L: the number of blocks.
  public var layerCount = 12
  /// H: the number of attention heads; divides C.
  public var headCount = 12
  /// F: the width inside the MLP.
  public var innerSize = 3072
  /// The MLP's elementwise function.
  public var activation = Activation.geluTanh
  /// The number added to the variance in layer norms.
  public var layerNormEpsilon = 1e-5
  /// Whether attention scores are divided by √D.
  public var scaleAttentionWeights = true
  /// Whether attention scores are divided by the layer's number, counted from 1.
  public var scaleAttentionByInverseLayerIndex = false
  /// Whether scores are taken in fp32 with the keys scaled first: changes rounding only.
  public var reorderAndUpcastAttention = false
  /// Whether the output projection is `wte`; else it is `lm_head.weight`.
  public var tieWordEmbeddings = true
  /// Whether blocks can attend to an encoder too, whose weights no text of this model alone needs.
  public var hasCrossAttention = false
  /// The token that stands before an empty prompt.
  public var bosTokenID: Int? = 50256
  /// The tokens that end a text.
  public var eosTokenIDs = [50256]

  /// GPT-2 small, to be changed as needed.
  public init() {}

  /// D = C / H: the width of one head.
  public var headSize: Int { embeddingSize / headCount }
}

extension ModelConfiguration {
  /// A weight or bias that a checkpoint must hold: its canonical name and its shape.
  public typealias Parameter = (name: String, shape: [Int])

  /// Every tensor of the model, in the order of the computation.
  public var parameters: [Parameter] {
    var parameters: [Parameter] = [
      ("wte.weight", [vocabularySize, embeddingSize]),
      ("wpe.weight", [contextLength, embeddingSize]),
    ]
    for layer in 0..<layerCount { parameters += layerParameters(layer) }
    parameters += [("ln_f.weight", [embeddingSize]), ("ln_f.bias", [embeddingSize])]
    if !tieWordEmbeddings { parameters.append(("lm_head.weight", [vocabularySize, embeddingSize])) }
    return parameters
  }

  /// The tensors of one block. `c_*` weights are (in, out), as Conv1D keeps them.
  private func layerParameters(_ layer: Int) -> [Parameter] {
    let (c, f) = (embeddingSize, innerSize)
    let shapes: [Parameter] = [
      ("ln_1.weight", [c]), ("ln_1.bias", [c]),
      ("attn.c_attn.weight", [c, 3 * c]), ("attn.c_attn.bias", [3 * c]),
      ("attn.c_proj.weight", [c, c]), ("attn.c_proj.bias", [c]),
      ("ln_2.weight", [c]), ("ln_2.bias", [c]),
      ("mlp.c_fc.weight", [c, f]), ("mlp.c_fc.bias", [f]),
      ("mlp.c_proj.weight", [f, c]), ("mlp.c_proj.bias", [c]),
    ]
    return shapes.map { ("h.\(layer).\($0.name)", $0.shape) }
  }

  /// The number of weights and biases.
  public var parameterCount: Int {
    let (v, t, c, f) = (vocabularySize, contextLength, embeddingSize, innerSize)
    let layer = 4 * c * c + 2 * c * f + 9 * c + f
    return (tieWordEmbeddings ? v : 2 * v) * c + t * c + layerCount * layer + 2 * c
  }
}
