/// The parameters found best for the operations of one device, precision, family and dot unit.
///
/// No number depends on them. An operation that is not here has its defaults.
package struct Tuning: Hashable, Sendable {
  /// What was found.
  package private(set) var choices: [TunedOperation: TuningChoice] = [:]

  /// The defaults.
  package init() {}

  /// Whether everything is as if nobody had tuned.
  package var isEmpty: Bool { choices.isEmpty }

  package subscript(operation: TunedOperation) -> TuningChoice? {
    get { choices.isEmpty ? nil : choices[operation] }
    set { choices[operation] = newValue }
  }
}
