/// How weights, keys and values are stored; sums and activations are always fp32.
public enum Precision: String, CaseIterable, Sendable {
  /// 32-bit floats: as exact as the checkpoint, twice the memory traffic.
  case fp32
  /// 16-bit floats, widened on load.
  case fp16

  /// Bytes of one stored weight.
  public var byteCount: Int { bitWidth / 8 }

  /// Bits of one stored weight.
  var bitWidth: Int {
    switch self {
    case .fp32: 32
    case .fp16: 16
    }
  }
}
