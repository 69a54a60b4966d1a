internal import Backend
internal import Checkpoint
internal import OpenCL

/// What a family's kernels work with: one device, one precision.
final class KernelContext {
  let launcher: KernelLauncher
  /// How weights are stored, and what they are multiplied with.
  let layout: PackedLayout
  /// What multiplies.
  let unit: DotUnit
  /// The model's activation, compiled into the products: one kernel a tile height serves all layers.
  let activation: Activation
  /// What was found best on the device.
  var tuning = Tuning() { didSet { forgetLaunches() } }
  /// Rows as the next product takes them.
  private let quantized: Scratch<UInt32>
  /// Of which no kernel reads or writes anything.
  private let empty: Buffer<Float>
  private let noWords: Buffer<UInt32>

  init(_ launcher: KernelLauncher, layout: PackedLayout, unit: DotUnit, activation: Activation) throws {
    self.launcher = launcher
    self.layout = layout
    self.unit = unit
    self.activation = activation
    quantized = try Scratch(launcher.queue.context)
    empty = try Buffer(launcher.queue.context, count: 0)
    noWords = try Buffer(launcher.queue.context, count: 0)
  }

  var queue: CommandQueue { launcher.queue }
  var device: Device { queue.context.device }
  var precision: Precision { layout.precision }

  /// Forgets what was recorded: something changes that launches were made from.
  func forgetLaunches() { launcher.record.removeAll() }

  /// What was chosen for a product; nil where that is as usual.
  func choice(rows: Int, _ matrix: DeviceMatrix) -> TuningChoice? {
    if tuning.isEmpty { return nil }
    return tuning[.product(rows: TunedOperation.bucket(rows), k: matrix.inputSize, n: matrix.outputSize)]
  }

  /// Room for rows as the next product takes them; nil where it takes fp32.
  func quantizedRoom(rows: Int, columns: Int) throws -> DeviceActivations? {
    guard let stride = layout.operandStride(columns) else { return nil }
    return DeviceActivations(
      buffer: empty, operand: try quantized.room(rows: rows + DeviceActivations.spareRows, stride: stride),
      operandStride: stride, columns: columns)
  }

  /// Rows in fp32 that lie in a buffer.
  func floats(_ buffer: Buffer<Float>, columns: Int) -> DeviceActivations {
    DeviceActivations(buffer: buffer, operand: noWords, operandStride: 0, columns: columns)
  }
}
