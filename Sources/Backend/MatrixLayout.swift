/// How a checkpoint keeps a weight matrix.
package enum MatrixLayout: Sendable {
  /// (K, N) row-major: transformers' Conv1D.
  case inputMajor
  /// (N, K) row-major: embeddings and `nn.Linear`.
  case outputMajor
}
