internal import OpenCLBackend

/// A column of weights in int4, as pack.cl makes it, step by step in fp32.
enum FourBits {
  /// Factors of the scales tried, by which the largest of a span becomes -6.5 to -9: `TRIED`.
  private static let factors = (0...10).map { 0.8125 + 0.03125 * Float($0) }

  /// The numbers that stand for a column.
  static func nearest(_ column: [Double]) -> [Double] {
    stride(from: 0, to: column.count, by: PackedLayout.group).flatMap { first in
      group(column[first..<min(first + PackedLayout.group, column.count)].map { Float($0) })
    }
  }

  private static func group(_ values: [Float]) -> [Double] {
    let spans = stride(from: 0, to: values.count, by: PackedLayout.span).map {
      Array(values[$0..<min($0 + PackedLayout.span, values.count)])
    }
    let scales = spans.map(bestScale)
    let largest = scales.map(abs).max() ?? 0
    let scale = largest * (1 / 127)
    let inverse = largest > 1e-31 ? 127 / largest : 0
    return zip(spans, scales).flatMap { span, own in
      let multiplier = (own * inverse).rounded(.toNearestOrEven)
      let over = multiplier == 0 ? 0 : 1 / (scale * multiplier)
      return span.map { Double(nearest($0 * over)) * Double(multiplier) * Double(scale) }
    }
  }

  private static func nearest(_ x: Float) -> Float { min(max(x.rounded(.toNearestOrEven), -8), 7) }

  /// The scale of a span with the least squared error of those tried, and fitted to what that rounds to.
  private static func bestScale(_ values: [Float]) -> Float {
    let extreme = values.reduce(0) { abs($1) > abs($0) ? $1 : $0 }
    guard abs(extreme) > 1e-30 else { return 0 }
    let inverse = -8 / extreme
    var (best, bestSquares): (Float, Float) = (0, 1)
    for factor in factors {
      var (products, squares): (Float, Float) = (0, 0)
      for value in values {
        let number = nearest(value * (inverse * factor))
        products.addProduct(value * inverse, number)
        squares.addProduct(number, number)
      }
      if products * products * bestSquares > best * best * squares { (best, bestSquares) = (products, squares) }
    }
    return best / bestSquares * (extreme * -0.125)
  }
}
