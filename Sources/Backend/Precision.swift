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
}

extension Precision {
  /// Bytes of one stored weight, scales left aside.
  public var byteCount: Int {
    switch self {
    case .fp32: 4
    case .fp16, .bf16: 2
    case .int8: 1
    }
  }

  /// Bits of a stored key or value: fp32 where nothing is to be lost, else fp16, which halves the bytes that attention
  /// reads.
  package var cacheBitWidth: Int { self == .fp32 ? 32 : 16 }
}
