/// An operation that a device does without.
struct OperationUnavailable: Error {
  /// Why it has none.
  let reason: String
}
