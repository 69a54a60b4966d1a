/// An operation whose kernels leave something open that no number depends on.
package enum TunedOperation: Hashable, Sendable {
  /// A product of a matrix (K, N) with as many rows, or fewer of the same bucket.
  case product(rows: Int, k: Int, n: Int)
  /// Attention of as many rows that are alone in their sequence, by heads of D channels.
  case attention(rows: Int, heads: Int, headSize: Int)
  /// A layer of C channels and an inner width of F, of as many sequences that decode, where that can be one launch.
  case layer(rows: Int, channels: Int, inner: Int, heads: Int)
  /// The choice of a token for each of a few rows of logits.
  case sampling(vocabulary: Int)
}

extension TunedOperation {
  /// The most rows whose products share a choice with those of `rows` rows: a power of two.
  package static func bucket(_ rows: Int) -> Int {
    rows <= 1 ? 1 : 1 << (Int.bitWidth - (rows - 1).leadingZeroBitCount)
  }
}

extension TunedOperation: CustomStringConvertible {
  /// The operation, for people.
  package var description: String {
    switch self {
    case .product(let rows, let k, let n): "a product of \(rows) \(rows == 1 ? "row" : "rows"), \(k) × \(n)"
    case .attention(let rows, let heads, let headSize):
      "attention of \(rows) \(rows == 1 ? "row" : "rows") by \(heads) heads of \(headSize)"
    case .layer(let rows, let channels, _, _): "a layer of \(channels) channels for \(rows) sequences"
    case .sampling(let vocabulary): "the choice of one of \(vocabulary) tokens"
    }
  }
}

/// Something that kernels leave open: it may change the time an operation takes, never a number.
package enum TuningParameter: String, CaseIterable, Sendable {
  /// Rows of a tile.
  case height
  /// Columns of a work-group.
  case width
  /// Slices of a sum that a work-group adds up at a time.
  case slices
  /// Work-groups that share a sum.
  case split
  /// Loads of 16 bytes that a work-item has under way.
  case loads
  /// The most registers of a work-item, for compilers that can be told; 0 leaves it to them.
  case registers
  /// Work-groups for each compute unit.
  case groups
  /// Work-groups that share a row of logits, or a layer; 0 where a layer is a launch for each of its operations.
  case team
}

/// What the parameters of one operation are set to.
package struct TuningChoice: Hashable, Sendable {
  /// The parameters' values; what is not among them is as if nobody had tuned.
  package let values: [TuningParameter: Int]

  package init(_ values: [TuningParameter: Int]) { self.values = values }

  package subscript(parameter: TuningParameter) -> Int? { values[parameter] }
}

extension TuningChoice: CustomStringConvertible {
  /// The values for people, as `height 4, width 16`.
  package var description: String {
    TuningParameter.allCases.compactMap { parameter in values[parameter].map { "\(parameter.rawValue) \($0)" } }
      .joined(separator: ", ")
  }
}
