import Checkpoint
import Synchronization
import TestSupport

@testable import Diagnosis

/// GPT-2 in Double, written with ``Reference``, without a cache of keys and values: every row anew from all before it.
final class ReferenceModel: Sendable {
  let checkpoint: TinyCheckpoint
  /// Earlier results, for all backends write the same texts, or nearly.
  private let known = Mutex<[[Int32]: [[Double]]]>([:])

  init(_ checkpoint: TinyCheckpoint) { self.checkpoint = checkpoint }

  /// The logits after each token. (T, V)
  func logits(_ tokens: [Int32]) -> [[Double]] {
    if let logits = known.withLock({ $0[tokens] }) { return logits }
    let logits = compute(tokens)
    known.withLock { $0[tokens] = logits }
    return logits
  }

  private func compute(_ tokens: [Int32]) -> [[Double]] {
    let configuration = checkpoint.configuration
    let (wte, wpe) = (checkpoint.matrix("wte.weight"), checkpoint.matrix("wpe.weight"))
    var x = tokens.enumerated().map { position, token in Reference.embedding(wte[Int(token)], wpe[position]) }
    for layer in 0..<configuration.layerCount {
      add(attention(x, layer: layer), to: &x)
      let inner = linear(norm(x, "h.\(layer).ln_2"), "h.\(layer).mlp.c_fc").map {
        $0.map(configuration.activation.reference)
      }
      add(linear(inner, "h.\(layer).mlp.c_proj"), to: &x)
    }
    let head = transposed(configuration.tieWordEmbeddings ? wte : checkpoint.matrix("lm_head.weight"))
    return norm(x, "ln_f").map { Reference.linear($0, head) }
  }

  private func attention(_ x: [[Double]], layer: Int) -> [[Double]] {
    let configuration = checkpoint.configuration
    let channels = configuration.embeddingSize
    let qkv = linear(norm(x, "h.\(layer).ln_1"), "h.\(layer).attn.c_attn")
    let keys = qkv.map { Array($0[channels..<2 * channels]) }
    let values = qkv.map { Array($0[(2 * channels)...]) }
    var scale = 1.0
    if configuration.scaleAttentionWeights { scale /= Double(configuration.headSize).squareRoot() }
    if configuration.scaleAttentionByInverseLayerIndex { scale /= Double(layer + 1) }
    let attended = qkv.indices.map { row in
      Reference.attention(
        Array(qkv[row][..<channels]), Array(keys[...row]), Array(values[...row]), heads: configuration.headCount,
        scale: scale)
    }
    return linear(attended, "h.\(layer).attn.c_proj")
  }

  private func norm(_ x: [[Double]], _ name: String) -> [[Double]] {
    let (gain, bias) = (checkpoint.vector(name + ".weight"), checkpoint.vector(name + ".bias"))
    return x.map {
      Reference.layerNorm($0, gain: gain, bias: bias, epsilon: checkpoint.configuration.layerNormEpsilon)
    }
  }

  private func linear(_ x: [[Double]], _ name: String) -> [[Double]] {
    let (weights, bias) = (checkpoint.matrix(name + ".weight"), checkpoint.vector(name + ".bias"))
    return x.map { Reference.linear($0, weights, bias: bias) }
  }

  private func add(_ y: [[Double]], to x: inout [[Double]]) {
    for row in x.indices { x[row] = zip(x[row], y[row]).map { $0 + $1 } }
  }
}
