/// The readers of activations, which decide how a backend may store them.
package enum ActivationUse: Sendable {
  /// Anything: they are fp32.
  case any
  /// Matrix products alone: a backend may store them quantized, as its products take them.
  case products
}
