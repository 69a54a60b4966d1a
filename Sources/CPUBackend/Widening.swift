internal import Checkpoint

/// Writes a tensor's numbers as fp32, on all cores.
///
/// Bits, not conversions: the processors that Swift compiles for need not have instructions for fp16.
func widen(_ source: UnsafeRawBufferPointer, _ type: ScalarType, into target: UnsafeMutablePointer<Float>) {
  // Raw memory of a file, and memory that nobody else has yet: each chunk is written by one thread.
  nonisolated(unsafe) let (source, target) = (source, target)
  let count = source.count / type.byteCount
  Parallel.forEachChunk(of: count, atLeast: 1 << 16) { range in
    switch type {
    case .float16:
      for index in range {
        target[index] = source.loadUnaligned(fromByteOffset: 2 * index, as: UInt16.self).widened
      }
    case .bfloat16:
      for index in range {
        let bits = UInt32(source.loadUnaligned(fromByteOffset: 2 * index, as: UInt16.self))
        target[index] = Float(bitPattern: bits << 16)
      }
    case .float64:
      for index in range { target[index] = Float(source.loadUnaligned(fromByteOffset: 8 * index, as: Double.self)) }
    default:
      for index in range { target[index] = source.loadUnaligned(fromByteOffset: 4 * index, as: Float.self) }
    }
  }
}
