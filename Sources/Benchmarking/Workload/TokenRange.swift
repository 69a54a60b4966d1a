/// A number of tokens, or a range that each sequence draws its own from: `32` or `4-128`.
package struct TokenRange: Hashable, Sendable, CustomStringConvertible {
  /// The fewest and the most tokens.
  package let range: ClosedRange<Int>

  /// A range of numbers of tokens.
  package init(_ range: ClosedRange<Int>) { self.range = range }

  /// Whether sequences differ.
  package var isRagged: Bool { range.count > 1 }

  /// As it is written.
  package var description: String { isRagged ? "\(range.lowerBound)-\(range.upperBound)" : "\(range.lowerBound)" }
}
