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
      // Not generic, which takes ten times as long where the compiler does not optimise.
      func copy(_ number: (Int) -> Float) {
        for place in 0..<range.count { target[place] = number(range.lowerBound + place) }
      }
      func half(_ index: Int) -> UInt16 { bytes.loadUnaligned(fromByteOffset: 2 * index, as: UInt16.self) }
      switch scalarType {
      case .float16: copy { half($0).widened }
      case .bfloat16: copy { Float(bitPattern: UInt32(half($0)) << 16) }
      case .float64: copy { Float(bytes.loadUnaligned(fromByteOffset: 8 * $0, as: Double.self)) }
      default: copy { bytes.loadUnaligned(fromByteOffset: 4 * $0, as: Float.self) }
      }
    }
  }
}
