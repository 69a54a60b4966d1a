internal import System
internal import Checkpoint

/// Numbers that look random, the same each time.
struct SampleNumbers: RandomNumberGenerator {
  private var generator: SplitMix64

  init(seed: Int) { generator = SplitMix64(seed: UInt64(truncatingIfNeeded: seed)) }

  mutating func next() -> UInt64 { generator.next() }

  /// Numbers between -2 and 2 that every type of 16 bits holds exactly.
  mutating func vector(_ count: Int, scale: Double = 1) -> [Double] {
    (0..<count).map { _ in Double(Int(next() % 255) - 127) / 64 * scale }
  }

  /// Rows of such numbers; `scale` should be a power of two.
  mutating func rows(_ count: Int, _ columns: Int, scale: Double = 1) -> [[Double]] {
    (0..<count).map { _ in vector(columns, scale: scale) }
  }
}

extension TensorView {
  /// A tensor of made-up numbers, as a file would hold it in fp32, fp16 or bf16.
  static func sample(_ rows: [[Double]], as type: ScalarType = .float32) -> TensorView {
    let values = rows.flatMap(\.self)
    let file = FileData(name: "diagnosis", count: values.count * type.byteCount) { bytes in
      for (value, offset) in zip(values, stride(from: 0, to: bytes.count, by: type.byteCount)) {
        switch type {
        case .float16: bytes.storeBytes(of: Float16(value), toByteOffset: offset, as: Float16.self)
        case .bfloat16:
          bytes.storeBytes(of: UInt16(Float(value).bitPattern >> 16), toByteOffset: offset, as: UInt16.self)
        default: bytes.storeBytes(of: Float(value), toByteOffset: offset, as: Float.self)
        }
      }
    }
    return TensorView(
      name: "sample", scalarType: type, shape: [rows.count, rows.first?.count ?? 0], file: file, bytes: 0..<file.count)
  }

  /// A vector of made-up numbers.
  static func sample(_ values: [Double]) -> TensorView {
    let matrix = sample([values])
    return TensorView(
      name: matrix.name, scalarType: matrix.scalarType, shape: [values.count], file: matrix.file,
      bytes: matrix.byteRange)
  }
}
