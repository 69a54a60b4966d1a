internal import Backend
internal import OpenCLBackend

/// Numbers rounded to a precision, step by step as pack.cl and quantize.cl do it.
extension Precision {
  /// The numbers that stand for a matrix (K, N).
  package func stored(_ weights: [[Double]]) -> [[Double]] {
    switch self {
    case .fp32: weights.map { $0.map { Double(Float($0)) } }
    case .fp16: weights.map { $0.map { Double(Float16($0)) } }
    case .bf16: weights.map { $0.map { Double(Float($0).nearestBF16) } }
    case .int8: transposed(transposed(weights).map { inGroups($0) })
    case .int4: transposed(transposed(weights).map { FourBits.nearest($0) })
    }
  }

  /// The numbers that stand for a row of activations where it is multiplied.
  func quantized(_ row: [Double]) -> [Double] {
    switch self {
    case .fp32, .fp16: row
    case .bf16: row.map { Double(Float($0).nearestBF16) }
    case .int8, .int4: inGroups(row)
    }
  }

  /// How far a product of these tests may be off for one rounding the other way: rows are quantized from fp32, the
  /// reference's from Double.
  var roundingTolerance: Double {
    switch self {
    case .fp32, .fp16: 0
    case .bf16, .int8, .int4: 0.03
    }
  }

  /// Signed bytes with a scale for each run of 128.
  private func inGroups(_ values: [Double]) -> [Double] {
    stride(from: 0, to: values.count, by: PackedLayout.group).flatMap { first in
      let group = values[first..<min(first + PackedLayout.group, values.count)].map { Float($0) }
      let magnitude = group.map(abs).max() ?? 0
      let inverse = magnitude > 1e-30 ? 127 / magnitude : 0
      return group.map { Double(($0 * inverse).rounded(.toNearestOrEven)) * Double(magnitude / 127) }
    }
  }
}

extension Float {
  /// The nearest number of bfloat16, of two equally near the even one.
  var nearestBF16: Float {
    Float(bitPattern: (bitPattern &+ 0x7FFF &+ (bitPattern >> 16 & 1)) & 0xFFFF_0000)
  }
}

/// Columns as rows.
func transposed(_ rows: [[Double]]) -> [[Double]] {
  (rows.first ?? []).indices.map { column in rows.map { $0[column] } }
}
