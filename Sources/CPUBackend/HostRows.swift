internal import Backend

/// The rows of a step, and whether only those are computed whose logits are wanted.
package struct HostRows: StepRowSelection {
  let step: Step
  let slots: HostSlots
  var areOutputs = false

  /// How many are computed.
  package var count: Int { areOutputs ? step.outputs.count : step.rows.count }
  /// The rows whose logits are wanted.
  package var outputs: HostRows { HostRows(step: step, slots: slots, areOutputs: true) }
}
