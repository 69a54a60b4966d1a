internal import Backend
internal import Checkpoint
internal import OpenCL

/// The kernels of Kernels/simt: work-groups of many work-items that share local memory, for GPUs.
final class SIMTKernels: KernelSet {
  let context: KernelContext
  /// Rows in fp32 between a norm and a product.
  let normalized: Scratch<Float>
  /// What attention finds in pages of the context.
  let foundInPages: Scratch<Float>
  /// How many work-groups that share rows of attention or of logits are done: zero between launches.
  let arrivals: Scratch<Int32>
  /// Sums of products whose work-groups share K.
  let partialSums: SIMTPartialSums
  /// What launches ask for ahead.
  let stream = WeightStream()
  /// The last matrix of a product of the step.
  var lastWeights: Buffer<Stored>?
  /// What the device allows products.
  let limits: SIMTLimits
  /// How far the work-groups of block.cl are.
  let blockProgress: Buffer<Int32>
  /// What is found of rows of logits before a token is chosen.
  let sampling: Scratch<SamplingUnit>

  var fuses = true { didSet { context.forgetLaunches() } }
  /// The tile of every product of its kind, in trials: no number depends on it.
  var forcedTile: SIMTTile? { didSet { context.forgetLaunches() } }
  /// Work-groups that share a block, where nobody has chosen: no number depends on it. Where 0, its operations are launches
  /// each.
  var blockTeam = 0 { didSet { context.forgetLaunches() } }
  /// Work-items that share a block of a row where few rows are sampled, and work-groups that share a row; as it was chosen,
  /// or else as usual, where nil. No token depends on it.
  var samplingTeam: Int?
  /// Work-groups that attention is divided into, where the context has as many pages; as it was chosen, or else as usual,
  /// where nil. No number depends on it.
  var attentionGroups: Int? { didSet { context.forgetLaunches() } }

  init(_ context: KernelContext) throws {
    self.context = context
    let device = context.queue.context
    normalized = try Scratch(device)
    foundInPages = try Scratch(device)
    arrivals = try Scratch(device)
    sampling = try Scratch(device)
    blockProgress = try Buffer(device, count: SIMTBlock.progressCount, zeroed: true)
    partialSums = try SIMTPartialSums(device)
    limits = SIMTLimits(context.device)
  }

  static func operandType(_ precision: Precision, _ unit: DotUnit) -> PackedLayout.OperandType {
    switch precision {
    case .fp32, .fp16: .fp32
    case .bf16: .pairs
    case .int8, .int4: .quads
    }
  }

  static let packingItems = PackedLayout.panelWidth
  static let attentionTile = SIMTAttention.tallTile

  static func space(of operation: TunedOperation, _ target: TuningTarget) -> TuningSpace? {
    switch operation {
    case .product(let rows, let k, let n) where target.unit.usesTensorCores:
      SIMTTensorTile.space(
        rows: rows, k: k, n: n, target.layout.precision, computeUnits: target.device.computeUnits)
    case .product(let rows, _, _) where target.unit.usesMatrixUnits && !SIMTTile.fewRows.contains(rows): nil
    case .product(let rows, let k, let n): SIMTTile.space(rows: rows, k: k, n: n, target.layout, target.device)
    case .layer(let rows, _, _, _) where rows > SIMTBlock.mostRows || !target.device.compilerHasDeviceFence: nil
    case .layer:
      // Nobody knows what a launch more costs on a device before that was tried.
      TuningSpace(
        usual: TuningChoice([.team: 0]), [.team: [0, 1, 2, 4].map { $0 * target.device.computeUnits }])
    case .attention: SIMTChunks.space
    case .sampling:
      TuningSpace(usual: TuningChoice([.team: SIMTSampling.teams[0]]), [.team: SIMTSampling.teams])
    }
  }

  func valueWidth(headSize: Int) -> Int { headSize }

  func add(_ matrix: DeviceMatrix) { stream.add(matrix.weights) }

  func beginStep() { stream.begin() }

  /// Products quantize their rows themselves.
  func quantizedActivations(rows: Int, columns: Int) throws -> DeviceActivations? { nil }

  // MARK: Rows

  func layerNorm(_ x: DeviceActivations, _ norm: DeviceNorm, rows: Int, into y: DeviceActivations) throws {
    let group = SIMTLayerNorm.groupSize
    try context.launcher.run(
      SIMTLayerNorm(channels: x.columns, layout: y.isQuantized ? context.layout : nil),
      global: NDRange(group * rows), local: NDRange(group), Input(x.floats), Input(norm.gain), Input(norm.bias),
      OutputRows<Float>(rows: y), OutputRows<UInt32>(rows: y), Int32(x.columns), Int32(x.stride), Int32(y.stride),
      norm.epsilon)
  }

  func quantize(_ x: DeviceActivations, rows: Int) throws -> DeviceActivations {
    guard let y = try context.quantizedRoom(rows: rows, columns: x.columns) else { return x }
    guard rows > 0 else { return y }  // of a step whose logits nobody wants
    let groups = roundUp(x.columns, to: PackedLayout.group) / PackedLayout.group
    let size = SIMTQuantize.groupSize
    try context.launcher.run(
      SIMTQuantize(layout: context.layout), global: NDRange(roundUp(groups * SIMTQuantize.items, to: size), rows),
      local: NDRange(size), Input(x.floats), Output(y.quantized), Int32(x.columns), Int32(x.stride),
      Int32(y.stride))
    return y
  }
}
