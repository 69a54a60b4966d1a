internal import Backend
internal import Checkpoint
internal import OpenCL

/// The kernels of Kernels/simt: work-groups of many work-items that share local memory, for GPUs.
final class SIMTKernels: KernelSet {
  let context: KernelContext
  /// Rows in fp32 between a norm and a product.
  let normalized: Scratch<Float>
  /// Rows some of which are left out in a second kernel.
  let attended: Scratch<Float>
  /// What attention finds in chunks of the context.
  let partialAttention: Scratch<Float>
  /// Sums of products whose work-groups share K.
  let partialSums: SIMTPartialSums
  /// What the device allows products.
  let limits: SIMTLimits
  /// What is found of rows of logits before a token is chosen.
  let sampling: Scratch<SamplingUnit>

  var fuses = true { didSet { context.forgetLaunches() } }
  /// The tile of every product of its kind, where somebody tries one: no number depends on it.
  var forcedTile: SIMTTile? { didSet { context.forgetLaunches() } }
  /// Work-items that share a block of a row where few rows are sampled, and work-groups that share a row: a power of two,
  /// at most a work-group's items. No token depends on it.
  var samplingTeam = 64

  init(_ context: KernelContext) throws {
    self.context = context
    let device = context.queue.context
    normalized = try Scratch(device)
    attended = try Scratch(device)
    partialAttention = try Scratch(device)
    sampling = try Scratch(device)
    partialSums = try SIMTPartialSums(device)
    limits = SIMTLimits(context.device)
  }

  static func operandType(_ precision: Precision, _ unit: DotUnit) -> PackedLayout.OperandType {
    switch precision {
    case .fp32, .fp16: .fp32
    case .bf16: .pairs
    case .int8: .quads
    }
  }

  static let attentionTile = SIMTAttention.tallTile

  func valueWidth(headSize: Int) -> Int { headSize }

  /// Products make their operands themselves.
  func quantizedActivations(rows: Int, columns: Int) throws -> DeviceActivations? { nil }

  // MARK: Rows

  func layerNorm(_ x: DeviceActivations, _ norm: DeviceNorm, rows: Int, into y: DeviceActivations) throws {
    let group = SIMTLayerNorm.groupSize
    try context.launcher.run(
      SIMTLayerNorm(layout: y.isOperand ? context.layout : nil), global: NDRange(group * rows),
      local: NDRange(group), Input(x.buffer), Input(norm.gain), Input(norm.bias), Output(y.buffer), Output(y.operand),
      Int32(x.columns), Int32(x.stride), Int32(y.operandStride), norm.epsilon)
  }

  func quantize(_ x: DeviceActivations, rows: Int) throws -> DeviceActivations {
    guard let rounded = try context.quantizedRoom(rows: rows, columns: x.columns) else { return x }
    guard rows > 0 else { return rounded }  // of a step whose logits nobody wants
    let groups = roundUp(x.columns, to: PackedLayout.group) / PackedLayout.group
    let size = SIMTQuantize.groupSize
    try context.launcher.run(
      SIMTQuantize(layout: context.layout), global: NDRange(roundUp(groups * SIMTQuantize.items, to: size), rows),
      local: NDRange(size), Input(x.buffer), Output(rounded.operand), Int32(x.columns), Int32(x.stride),
      Int32(rounded.operandStride))
    return rounded
  }

  /// There is no kernel for that.
  func run(
    _ layer: Layer<OpenCLBackend>, _ cache: DeviceCache, _ rows: DeviceRows,
    _ activations: StepActivations<OpenCLBackend>
  ) throws -> Bool { false }
}
