/// What a weight matrix is used for, which decides how it is stored.
package enum MatrixUse: Sendable {
  /// A product of a layer.
  case layer
  /// Rows that are looked up, and the head.
  case embedding
}
