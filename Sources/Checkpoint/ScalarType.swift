/// How one element of a tensor is stored.
public enum ScalarType: String, Sendable, CaseIterable, CustomStringConvertible {
  case float32, float16, bfloat16, float64, int64, int32, int16, int8, uint8, bool

  /// The size of one element.
  public var byteCount: Int {
    switch self {
    case .float64, .int64: 8
    case .float32, .int32: 4
    case .float16, .bfloat16, .int16: 2
    case .int8, .uint8, .bool: 1
    }
  }

  /// Whether this is one of the floating-point types, which weights must be.
  public var isFloatingPoint: Bool {
    switch self {
    case .float32, .float16, .bfloat16, .float64: true
    case .int64, .int32, .int16, .int8, .uint8, .bool: false
    }
  }

  /// PyTorch's name, such as `float32`.
  public var description: String { rawValue }
}
