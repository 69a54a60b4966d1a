/// How one element of a tensor is stored.
public enum ScalarType: String, Sendable, CaseIterable, CustomStringConvertible {
  case float32, float16, bfloat16, float64, int64, int32, int16, int8, uint8, bool
  /// Types that only tensors have that no model needs: known so that their files can be read.
  case uint64, uint32, uint16, float8, complex64, complex128

  /// The size of one element.
  public var byteCount: Int {
    switch self {
    case .complex128: 16
    case .float64, .int64, .uint64, .complex64: 8
    case .float32, .int32, .uint32: 4
    case .float16, .bfloat16, .int16, .uint16: 2
    case .int8, .uint8, .bool, .float8: 1
    }
  }

  /// Whether this is one of the floating-point types that weights may have.
  public var isFloatingPoint: Bool {
    switch self {
    case .float32, .float16, .bfloat16, .float64: true
    case .int64, .int32, .int16, .int8, .uint8, .bool, .uint64, .uint32, .uint16, .float8, .complex64, .complex128:
      false
    }
  }

  /// PyTorch's name, such as `float32`.
  public var description: String { rawValue }
}
