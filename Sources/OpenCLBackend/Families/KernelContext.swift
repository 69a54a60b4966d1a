internal import Backend
internal import Checkpoint
internal import OpenCL

/// The launcher, layout and dot unit of a family's kernels: one device, one precision.
final class KernelContext {
  let launcher: KernelLauncher
  /// How weights are stored, and the type they are multiplied with.
  let layout: PackedLayout
  /// The instruction of products.
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

  /// The instruction of products with a matrix.
  func unit(of matrix: DeviceMatrix) -> DotUnit { matrix.layout == layout ? unit : unit.ofEmbeddings }

  /// Forgets the recorded launches, before something changes that they depend on.
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

extension KernelContext {
  /// The rows whose logits are wanted.
  func gather(_ x: DeviceActivations, _ outputs: DeviceRows, into selected: DeviceActivations) throws {
    guard outputs.count > 0 else { return }
    try launcher.run(
      GatherKernel(), global: NDRange(roundUp(x.stride, to: GatherKernel.localSize), outputs.count),
      local: NDRange(GatherKernel.localSize), Input(x.floats), Input(outputs.step.outputs), Output(selected.floats),
      Int32(x.stride))
  }
}
