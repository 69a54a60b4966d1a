extension TensorView {
  /// Some of the numbers, in the file's order, as fp32.
  package func floats(_ range: Range<Int>) -> [Float] {
    Array(unsafeUninitializedCapacity: range.count) { room, count in
      copyFloats(range, to: room)
      count = range.count
    }
  }

  /// Writes some of the numbers, in the file's order, as fp32 into as much memory.
  ///
  /// Bits, not conversions: the processors that Swift compiles for need not have instructions for fp16.
  package func copyFloats(_ range: Range<Int>, to target: UnsafeMutableBufferPointer<Float>) {
    withBytes { bytes in
      func copy<Stored: BitwiseCopyable>(_ number: (Stored) -> Float) {
        for (place, index) in range.enumerated() {
          let stored = bytes.loadUnaligned(fromByteOffset: MemoryLayout<Stored>.size * index, as: Stored.self)
          target.initializeElement(at: place, to: number(stored))
        }
      }
      switch scalarType {
      case .float16: copy { (half: UInt16) in half.widened }
      case .bfloat16: copy { (half: UInt16) in Float(bitPattern: UInt32(half) << 16) }
      case .float64: copy { (number: Double) in Float(number) }
      default: copy { (number: Float) in number }
      }
    }
  }
}
