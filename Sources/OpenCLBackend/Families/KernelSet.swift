internal import Backend
internal import Checkpoint
internal import Kernels
internal import OpenCL
internal import Sampling

/// A family of kernels on one device: the operations of a step that a family computes in its own way.
///
/// Methods enqueue and return. A row is one of the step's, in its order; no number depends on its company.
protocol KernelSet: AnyObject {
  /// The type that weights of a precision are multiplied with.
  static func operandType(_ precision: Precision, _ unit: DotUnit) -> PackedLayout.OperandType
  /// Work-items that pack a panel of a matrix together.
  static var packingItems: Int { get }
  /// The most rows of a tile of attention.
  static var attentionTile: Int { get }
  /// Every operation, each after those it needs: the doctor's list.
  static var operations: [KernelOperation] { get }
  /// What there is to choose for an operation on a device; nil where the family has nothing of the kind. No number depends
  /// on it.
  static func space(of operation: TunedOperation, _ target: TuningTarget) -> TuningSpace?
  /// y = x · W, the way ``product`` would: for probes, which have no step.
  static func multiply(_ probe: ProbeProduct, _ launcher: KernelLauncher) throws

  init(_ context: KernelContext) throws

  /// Whether operations that follow one another are one launch, where the family has kernels for that: no number
  /// depends on it.
  var fuses: Bool { get set }
  /// Work-groups that share a layer in one launch, where nobody has chosen; where 0, its operations are launches each. No
  /// number depends on it.
  var blockTeam: Int { get set }

  // MARK: Compiling

  /// Runs what is compiled where that can do, until more is worth the time: no number depends on it.
  func spareCompiling()
  /// The most rows of a tile of attention in a step, of so many sequences that may run together.
  func attentionTile(for step: Step, sequences: Int) throws -> Int
  /// A step's launches are to be made, or were repeated.
  func beginStep()
  func repeatedStep()

  // MARK: Loading

  /// Elements that the values of a position take of a head.
  func valueWidth(headSize: Int) -> Int
  /// Room for quantized rows, which only products read; nil where the family keeps them in fp32.
  func quantizedActivations(rows: Int, columns: Int) throws -> DeviceActivations?
  /// Takes note of a packed matrix of the model.
  func add(_ matrix: DeviceMatrix)
  /// Tries how the matrices are read fastest, once all are on the device.
  func finishLoading() throws

  // MARK: A step

  /// y[m] = norm(x[m]).
  func layerNorm(_ x: DeviceActivations, _ norm: DeviceNorm, rows: Int, into y: DeviceActivations) throws
  /// Rows in fp32, quantized for products; the rows themselves where these take fp32.
  func quantize(_ x: DeviceActivations, rows: Int) throws -> DeviceActivations
  /// y = epilogue(x · W + b), of norm(x) where there is a norm.
  func product(
    _ x: DeviceActivations, _ norm: DeviceNorm?, _ matrix: DeviceMatrix, _ epilogue: Epilogue,
    _ activation: Activation, rows: Int, into y: DeviceActivations
  ) throws
  /// Puts the keys and values of the step's rows into the cache; then y[m] = the causal attention of the m-th of
  /// `rows`.
  func attention(
    _ qkv: DeviceActivations, _ cache: DeviceCache, scale: Float, _ rows: DeviceRows, into y: DeviceActivations
  ) throws
  /// A layer in one launch. Returns false where its operations must be launches each.
  func run(
    _ layer: Layer<DeviceMatrix, DeviceNorm>, _ cache: DeviceCache, _ rows: DeviceRows,
    _ activations: StepActivations<DeviceActivations>
  ) throws -> Bool

  // MARK: Logits

  /// Chooses a token for each of the rows, which are on the device too.
  ///
  /// - Parameter byBlocks: Whether all of the device works on each row, where the family has kernels for that.
  func sample(_ logits: DeviceActivations, _ rows: [SamplingRow], _ slots: DeviceSlots, byBlocks: Bool) throws
  /// How likely tokens are by the rows, each in ``TokenScore/wordCount(top:)`` words.
  func score(_ logits: DeviceActivations, _ rows: Buffer<ScoreRow>, top: Int, into words: Buffer<UInt64>) throws
}

extension KernelSet {
  func add(_ matrix: DeviceMatrix) {}
  func finishLoading() throws {}
  func spareCompiling() {}
  func attentionTile(for step: Step, sequences: Int) throws -> Int { Self.attentionTile }
  func beginStep() {}
  func repeatedStep() {}
}

/// Rows times one matrix, with nothing around it.
struct ProbeProduct {
  let layout: PackedLayout
  let unit: DotUnit
  let activation: Activation
  let rows: Int
  /// The rows in fp32.
  let x: DeviceActivations
  /// The same rows quantized.
  let quantized: DeviceActivations
  let weights: Buffer<UInt32>
  let bias: Buffer<Float>
  let inputSize: Int
  let outputSize: Int
  let y: DeviceActivations
}
