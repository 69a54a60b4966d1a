internal import Backend
internal import Checkpoint
internal import OpenCL

/// The kernels of Kernels/simd: work-groups of one work-item, for processors.
final class SIMDKernels: KernelSet {
  let context: KernelContext
  /// Rows in fp32 between two kernels.
  private let floats: Scratch<Float>
  /// How far the work-groups of block.cl are.
  let blockProgress: Buffer<Int32>

  var fuses = true { didSet { context.forgetLaunches() } }
  /// Work-groups that share a block, where it is one launch: no number depends on it. Where 0, its operations are launches
  /// each.
  var blockTeam: Int { didSet { context.forgetLaunches() } }
  /// Whether products of few rows fetch weights ahead: no number depends on it.
  var fetches = true { didSet { context.forgetLaunches() } }
  /// Spares compiling, where that is wanted.
  private(set) var thrift: SIMDThrift?
  /// What products' tiles must fit in: no number depends on it.
  var registers: VectorRegisters { didSet { context.forgetLaunches() } }
  /// Matrices that are being loaded.
  var loaded: [DeviceMatrix] = []

  init(_ context: KernelContext) throws {
    self.context = context
    floats = try Scratch(context.queue.context)
    blockProgress = try Buffer(context.queue.context, count: SIMDBlock.progressCount, zeroed: true)
    blockTeam = context.device.computeUnits
    registers = VectorRegisters(context.device)
  }

  static func operandType(_ precision: Precision, _ unit: DotUnit) -> PackedLayout.OperandType {
    switch precision {
    case .fp32, .fp16: .fp32
    case .bf16: unit == .portable ? .fp32 : .pairs
    case .int8, .int4: .quads
    }
  }

  static let packingItems = 1
  static let attentionTile = SIMDAttention.tile

  static func space(of operation: TunedOperation, _ target: TuningTarget) -> TuningSpace? {
    switch operation {
    case .product(let rows, _, _):
      return SIMDTile.space(rows: rows, target.layout, VectorRegisters(target.device))
    case .layer:
      let units = target.device.computeUnits
      return TuningSpace(usual: TuningChoice([.team: units]), [.team: [units, units / 2, 0]])
    case .attention, .sampling: return nil
    }
  }

  // MARK: Compiling

  func spareCompiling() { thrift = SIMDThrift(context.launcher.library, registers) }

  func attentionTile(for step: Step, sequences: Int) throws -> Int {
    try thrift?.tileHeight(for: step, sequences: sequences) ?? Self.attentionTile
  }

  func beginStep() { thrift?.begin() }

  func repeatedStep() {
    if thrift?.repeated() == true { context.forgetLaunches() }
  }

  // MARK: Loading

  /// Whole vectors.
  func valueWidth(headSize: Int) -> Int { roundUp(headSize, to: 16) }

  /// Room for quantized rows, where the precision has such and they are whole groups.
  func quantizedActivations(rows: Int, columns: Int) throws -> DeviceActivations? {
    guard columns.isMultiple(of: PackedLayout.group), let stride = context.layout.quantizedStride(columns) else {
      return nil
    }
    let count = (rows + DeviceActivations.spareRows) * stride
    let buffer = try Buffer<UInt32>(context.queue.context, count: count, zeroed: true)
    return DeviceActivations(.quantized(buffer, stride: stride), columns: columns)
  }

  func add(_ matrix: DeviceMatrix) {
    if matrix.layout == context.layout { loaded.append(matrix) }
  }

  func finishLoading() throws {
    if let trial = FetchTrial(loaded) { fetches = try trial.pays(on: self) }
    loaded.removeAll()
  }

  // MARK: Rows

  func layerNorm(_ x: DeviceActivations, _ norm: DeviceNorm, rows: Int, into y: DeviceActivations) throws {
    try context.launcher.run(
      SIMDLayerNorm(layout: y.isQuantized ? context.layout : nil), global: NDRange(rows), local: 1,
      Input(x.floats), Input(norm.gain), Input(norm.bias), OutputRows<Float>(rows: y), OutputRows<UInt32>(rows: y),
      Int32(x.columns), Int32(x.stride), Int32(y.stride), norm.epsilon)
  }

  func quantize(_ x: DeviceActivations, rows: Int) throws -> DeviceActivations {
    guard let y = try context.quantizedRoom(rows: rows, columns: x.columns) else { return x }
    try quantize(x, rows: rows, into: y)
    return y
  }

  private func quantize(_ x: DeviceActivations, rows: Int, into y: DeviceActivations) throws {
    guard rows > 0 else { return }  // of a step whose logits nobody wants
    try context.launcher.run(
      SIMDQuantize(layout: context.layout), global: NDRange(rows), local: 1, Input(x.floats), Output(y.quantized),
      Int32(x.columns), Int32(x.stride), Int32(y.stride))
  }

  /// Calls `body` with rows in fp32 to fill, and quantizes them into `y` where that is quantized.
  func withFloats(for y: DeviceActivations, rows: Int, _ body: (DeviceActivations) throws -> Void) throws {
    guard y.isQuantized else { return try body(y) }
    let room = try floatRoom(rows: rows, columns: y.columns)
    try body(room)
    try quantize(room, rows: rows, into: y)
  }

  /// Room for rows between a norm and a product: quantized, where they are whole groups.
  func normalizedRoom(rows: Int, columns: Int) throws -> DeviceActivations {
    if columns.isMultiple(of: PackedLayout.group),
      let room = try context.quantizedRoom(rows: rows, columns: columns)
    {
      return room
    }
    return try floatRoom(rows: rows, columns: columns)
  }

  /// Room for rows in fp32 between two kernels.
  private func floatRoom(rows: Int, columns: Int) throws -> DeviceActivations {
    let stride = DeviceActivations.stride(columns)
    let room = try floats.room(rows: rows + DeviceActivations.spareRows, stride: stride)
    return DeviceActivations(.floats(room), columns: columns)
  }
}
