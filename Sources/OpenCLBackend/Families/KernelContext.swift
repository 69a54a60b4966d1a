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
  /// The quantized rows of the next product.
  private let quantized: Scratch<UInt32>

  init(_ launcher: KernelLauncher, layout: PackedLayout, unit: DotUnit, activation: Activation) throws {
    self.launcher = launcher
    self.layout = layout
    self.unit = unit
    self.activation = activation
    quantized = try Scratch(launcher.queue.context)
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

  /// Room for the quantized rows of the next product; nil where it takes fp32.
  func quantizedRoom(rows: Int, columns: Int) throws -> DeviceActivations? {
    guard let stride = layout.quantizedStride(columns) else { return nil }
    let room = try quantized.room(rows: rows + DeviceActivations.spareRows, stride: stride)
    return DeviceActivations(.quantized(room, stride: stride), columns: columns)
  }
}
