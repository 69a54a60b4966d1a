package import Backend
package import Checkpoint
package import OpenCL

/// GPT-2's operations as OpenCL kernels on one device.
///
/// Its methods enqueue and return; the device works behind them, in order.
package final class OpenCLBackend: Backend {
  /// Where it computes.
  package let device: Device
  /// How weights are stored.
  package let precision: Precision
  /// Which kernels it runs.
  package let family: KernelFamily

  /// The model's activation, compiled into the linear kernels: one kernel a tile height serves all layers.
  let activation: Activation
  package let queue: CommandQueue
  let launcher: KernelLauncher
  let loader: WeightLoader
  /// Rows of activations as the products of a precision take them.
  let operands: Scratch<UInt32>
  /// Rows that are rounded in a second kernel, in the simd family.
  let floats: Scratch<Float>
  /// Rows some of which are left out in a second kernel, in the simt family.
  let attended: Scratch<Float>
  /// What the simt family's attention finds in chunks of the context.
  let partialAttention: Scratch<Float>
  /// What the simt family finds of rows of logits before it chooses.
  let sampling: Scratch<SamplingUnit>
  /// How far the work-groups of simd/block.cl are.
  let blockProgress: Buffer<Int32>
  /// Work-groups that share a block, where it is one launch: no number depends on it. Where 0, its operations are launches each.
  package var blockTeam: Int { didSet { launcher.record.removeAll() } }
  /// Matrices that are being loaded.
  var loaded: [DeviceMatrix] = []
  /// Whether products of few rows fetch weights ahead: no number depends on it.
  var fetches = true { didSet { launcher.record.removeAll() } }
  let step: StepRows
  /// The most local memory of a work-group that products of few rows make operands in, in bytes; where it does not do, and
  /// for many rows, kernels of their own make them.
  package var localMemory: Int { didSet { launcher.record.removeAll() } }
  /// What NVIDIA's drivers offer: two such work-groups still share a compute unit of most devices that have more.
  private static let mostLocalMemory = 48 << 10
  /// Work-items that share a block of a row where few rows are sampled, and work-groups that share a row: a power of two, at
  /// most a work-group's items. No token depends on it.
  var samplingTeam = 64
  /// The slots of the step under way.
  var slots: DeviceSlots?

  /// What multiplies, and why what would be faster does not.
  let dotUnits: DotUnitChoice

  /// How weights are stored on the device, and what they are multiplied with.
  package var layout: PackedLayout { PackedLayout(precision, family, dotUnit) }
  /// What multiplies.
  package var dotUnit: DotUnit { dotUnits.unit }

  /// A backend on a device.
  ///
  /// - Parameters:
  ///   - family: The kernels to run; those of ``FamilyChoice`` where nil.
  ///   - activation: The model's activation; others work too, with kernels of their own.
  ///   - maximumRows: The most rows of a step.
  package convenience init(
    device: Device, precision: Precision, family: KernelFamily? = nil, activation: Activation = .geluTanh,
    maximumRows: Int
  ) throws {
    try self.init(
      device: device, precision: precision, family: family, activation: activation, maximumRows: maximumRows,
      comparesArguments: false, profile: nil)
  }

  /// - Parameters:
  ///   - dotUnit: What multiplies; the fastest that passes its probe where nil.
  ///   - comparesArguments: Whether every binding is compared with the kernel's declaration: for tests.
  ///   - profile: What times the kernels.
  package init(
    device: Device, precision: Precision, family: KernelFamily?, dotUnit: DotUnit? = nil,
    activation: Activation = .geluTanh, maximumRows: Int, comparesArguments: Bool = false,
    profile: KernelProfile? = nil
  ) throws {
    self.activation = activation
    self.device = device
    self.precision = precision
    self.family = family ?? FamilyChoice(for: device).family
    localMemory = min(device.localMemory, Self.mostLocalMemory)
    let context = try Context(device: device)
    queue = try CommandQueue(context, profiling: profile != nil)
    launcher = KernelLauncher(
      queue: queue,
      library: KernelLibrary(
        context, cache: comparesArguments ? nil : .standard(for: device), describesArguments: comparesArguments),
      profile: profile)
    operands = try Scratch(context)
    floats = try Scratch(context)
    attended = try Scratch(context)
    partialAttention = try Scratch(context)
    sampling = try Scratch(context)
    blockTeam = device.computeUnits
    blockProgress = try Buffer(context, count: BlockKernel.progressCount, zeroed: true)
    dotUnits =
      dotUnit.map { DotUnitChoice(unit: $0) }
      ?? DotUnitChoice(precision, self.family, launcher, activation: activation)
    loader = try WeightLoader(launcher, layout: PackedLayout(precision, self.family, dotUnits.unit))
    step = try StepRows(
      queue, capacity: maximumRows, tileHeight: AttentionKernel.tileHeight(self.family))
  }

  /// The device's name.
  package var deviceName: String { device.name }

  /// Bytes of its buffers.
  package var memoryBytes: Int? { queue.context.bufferBytes }

  /// Leaves compiled kernels for the next start, where the driver does not.
  package func keepCompiled() { launcher.library.keepPrograms() }

  /// Room for activations, and for the rows that the last tile of a product computes in vain.
  ///
  /// Whoever makes some begins a session, and what was recorded holds on to the memory of the one before.
  package func activations(rows: Int, columns: Int) throws -> DeviceActivations {
    launcher.record.removeAll()
    return DeviceActivations(
      buffer: try Buffer(
        queue.context, count: (rows + SIMDTile.tallest) * DeviceActivations.stride(columns), zeroed: true),
      operand: try Buffer(queue.context, count: 0), operandStride: 0, columns: columns)
  }

  /// Room for operands, where the precision has any and rows are whole groups: in the simd family. In the other, products
  /// make them.
  package func factors(rows: Int, columns: Int) throws -> DeviceActivations {
    guard family == .simd, columns.isMultiple(of: PackedLayout.group), let stride = layout.operandStride(columns)
    else {
      return try activations(rows: rows, columns: columns)
    }
    return DeviceActivations(
      buffer: try Buffer(queue.context, count: 0),
      operand: try Buffer(queue.context, count: (rows + SIMDTile.tallest) * stride, zeroed: true),
      operandStride: stride, columns: columns)
  }

  /// Sends the step's rows to the device.
  package func begin(_ step: Step, _ slots: DeviceSlots) throws {
    try self.step.load(step)
    self.slots = slots
  }

  /// Enqueues a pass again where it is like the last two.
  package func pass(_ operations: () throws -> Void) throws {
    guard let slots, launcher.profile?.isActive != true else { return try operations() }
    try launcher.record.enqueue(
      LaunchRecord.Key(step: step.shape, slots: ObjectIdentifier(slots.pages)), operations)
  }
}
