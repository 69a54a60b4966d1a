internal import Backend

/// The rows of a step on the device, and whether only those are computed whose logits are wanted.
package struct DeviceRows: StepRowSelection {
  /// The step's buffers.
  let step: StepRows
  let slots: DeviceSlots
  var areOutputs = false

  /// How many rows of each kind the step has.
  var shape: StepRows.Shape { step.shape }
  /// How many rows are computed.
  package var count: Int { areOutputs ? shape.wanted.count : shape.rowCount }
  /// The rows whose logits are wanted.
  package var outputs: DeviceRows { DeviceRows(step: step, slots: slots, areOutputs: true) }
}
