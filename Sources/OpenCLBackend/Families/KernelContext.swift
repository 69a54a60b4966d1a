internal import Backend
internal import Checkpoint
internal import OpenCL

/// What a family's kernels work with: one device, one precision, the rows of the step under way.
final class KernelContext {
  let launcher: KernelLauncher
  /// How weights are stored, and what they are multiplied with.
  let layout: PackedLayout
  /// What multiplies.
  let unit: DotUnit
  /// The model's activation, compiled into the products: one kernel a tile height serves all layers.
  let activation: Activation
  let step: StepRows
  /// Rows as the products of a precision take them.
  private let operands: Scratch<UInt32>
  /// Of which no kernel reads or writes anything.
  private let empty: Buffer<Float>

  init(_ launcher: KernelLauncher, layout: PackedLayout, unit: DotUnit, activation: Activation, step: StepRows) throws {
    self.launcher = launcher
    self.layout = layout
    self.unit = unit
    self.activation = activation
    self.step = step
    operands = try Scratch(launcher.queue.context)
    empty = try Buffer(launcher.queue.context, count: 0)
  }

  var queue: CommandQueue { launcher.queue }
  var device: Device { queue.context.device }
  var precision: Precision { layout.precision }

  /// Forgets what was recorded: something changes that launches were made from.
  func forgetLaunches() { launcher.record.removeAll() }

  /// Room for the operands of the next product; nil where the precision has none.
  func operandRoom(rows: Int, columns: Int) throws -> DeviceActivations? {
    guard let stride = layout.operandStride(columns) else { return nil }
    return DeviceActivations(
      buffer: empty, operand: try operands.room(rows: rows + DeviceActivations.spareRows, stride: stride),
      operandStride: stride, columns: columns)
  }
}
