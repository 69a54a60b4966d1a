/// The rows of a step that an operation computes: all, or those whose logits are wanted.
///
/// There may be none: operations then do nothing.
package protocol StepRowSelection {
  /// How many they are.
  var count: Int { get }
  /// The rows whose logits are wanted.
  var outputs: Self { get }
}
