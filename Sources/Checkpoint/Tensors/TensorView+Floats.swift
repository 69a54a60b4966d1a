extension TensorView {
  /// Some of the numbers, in the file's order, as fp32.
  package func floats(_ range: Range<Int>) -> [Float] {
    withBytes { bytes in
      func number<Stored: BitwiseCopyable>(_ index: Int, as type: Stored.Type) -> Stored {
        bytes.loadUnaligned(fromByteOffset: MemoryLayout<Stored>.size * index, as: type)
      }
      return switch scalarType {
      case .float16: range.map { number($0, as: UInt16.self).widened }
      case .bfloat16: range.map { Float(bitPattern: UInt32(number($0, as: UInt16.self)) << 16) }
      case .float64: range.map { Float(number($0, as: Double.self)) }
      default: range.map { number($0, as: Float.self) }
      }
    }
  }
}
