internal import Checkpoint

/// How weights are stored and multiplied; sums, and all activations between products, are always fp32.
public enum Precision: String, CaseIterable, Sendable {
  /// 32-bit floats: as exact as the checkpoint, twice the memory traffic.
  case fp32
  /// 16-bit floats, widened on load.
  case fp16
  /// Weights and the inputs of products in bfloat16: the range of fp32 with 8 significant bits.
  case bf16
  /// Weights and the inputs of products in 8-bit integers, a scale for each run of 128 along a product's inner size.
  case int8
  /// Weights of layers in 4 bits, a multiple of the scale for each 32 of a run, embeddings and the head as in ``int8``;
  /// the inputs of products in 8-bit integers.
  case int4
}

extension Precision {
  /// Bits of one stored weight of a layer, scales left aside.
  public var bitWidth: Int {
    switch self {
    case .fp32: 32
    case .fp16, .bf16: 16
    case .int8: 8
    case .int4: 4
    }
  }

  /// How embeddings and the head are stored: few bits would cost logits more than they save.
  package var ofEmbeddings: Precision { self == .int4 ? .int8 : self }

  /// Bits of a stored key or value: fp32 where nothing is to be lost, else fp16, which halves the bytes that attention
  /// reads.
  package var cacheBitWidth: Int { self == .fp32 ? 32 : 16 }
}
