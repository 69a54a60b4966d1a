internal import Checkpoint
internal import System

extension TensorView {
  /// A matrix (K, N) of made-up bf16 numbers, spread as weights are: millions in a moment.
  static func noise(_ k: Int, _ n: Int) -> TensorView {
    // A prime: rows and columns differ however long they are.
    let numbers = (0..<65_521).map { index in
      let bits = UInt32(truncatingIfNeeded: SplitMix64.mix(UInt64(index) &* 0x9E37_79B9_7F4A_7C15))
      return UInt16(truncatingIfNeeded: (Float(Int32(bitPattern: bits)) * 0x1p-36).bitPattern >> 16)
    }
    let file = FileData(name: "made-up weights", count: 2 * k * n) { bytes in
      numbers.withUnsafeBytes { pattern in
        for start in stride(from: 0, to: bytes.count, by: pattern.count) {
          let count = min(pattern.count, bytes.count - start)
          UnsafeMutableRawBufferPointer(rebasing: bytes[start..<start + count])
            .copyMemory(from: UnsafeRawBufferPointer(rebasing: pattern[..<count]))
        }
      }
    }
    return TensorView(
      name: "made-up weights", scalarType: .bfloat16, shape: [k, n], file: file, bytes: 0..<file.count)
  }
}
