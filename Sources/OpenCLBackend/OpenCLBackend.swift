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

  package let queue: CommandQueue
  let launcher: KernelLauncher
  let loader: WeightLoader
  let kernels: any KernelSet
  /// Their launcher, layout and dot unit.
  let context: KernelContext
  let step: StepRows
  /// The instruction of products, and why faster ones are not used.
  let dotUnits: DotUnitChoice

  /// How weights are stored on the device, and the type they are multiplied with.
  package var layout: PackedLayout { context.layout }
  /// The instruction of products.
  package var dotUnit: DotUnit { dotUnits.unit }
  /// Whether operations that follow one another are one launch, where there are kernels for that: no number depends on
  /// it.
  package var fuses: Bool {
    get { kernels.fuses }
    set { kernels.fuses = newValue }
  }
  /// Work-groups that share a layer in one launch, where nobody has chosen; where 0, its operations are launches each. No
  /// number depends on it.
  package var blockTeam: Int {
    get { kernels.blockTeam }
    set { kernels.blockTeam = newValue }
  }

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
  ///   - dotUnit: The instruction of products; the fastest that passes its probe where nil.
  ///   - comparesArguments: Whether every binding is compared with the kernel's declaration: for tests.
  ///   - profile: Collects the kernels' times.
  ///   - tuning: The parameters of the kernels; those of the user's tuning file where nil.
  package init(
    device: Device, precision: Precision, family: KernelFamily?, dotUnit: DotUnit? = nil,
    activation: Activation = .geluTanh, maximumRows: Int, comparesArguments: Bool = false,
    profile: KernelProfile? = nil, tuning: Tuning? = nil
  ) throws {
    let family = family ?? FamilyChoice(for: device).family
    self.device = device
    self.precision = precision
    self.family = family
    let context = try LoopProbe.context(for: device)
    queue = try CommandQueue(context, profiling: profile != nil)
    launcher = KernelLauncher(
      queue: queue,
      library: KernelLibrary(
        context, cache: comparesArguments ? nil : .standard(for: device), describesArguments: comparesArguments),
      profile: profile)
    dotUnits =
      dotUnit.map { DotUnitChoice(unit: $0) }
      ?? DotUnitChoice(precision, family, launcher, activation: activation)
    let layout = PackedLayout(precision, family, dotUnits.unit)
    loader = try WeightLoader(launcher, precision: precision, items: family.kernels.packingItems)
    step = try StepRows(queue, capacity: maximumRows)
    self.context = try KernelContext(
      launcher, layout: layout, unit: dotUnits.unit, activation: activation)
    kernels = try family.kernels.init(self.context)
    self.context.tuning = tuning ?? tuningTarget.kept?.tuning ?? Tuning()
  }

  /// The device's name.
  package var deviceName: String { device.name }

  /// Bytes of its buffers.
  package var memoryBytes: Int? { queue.context.bufferBytes }

  /// Runs what is compiled where that can do, until more is worth the time: no number depends on it.
  package func spareCompiling() { kernels.spareCompiling() }

  /// Leaves compiled kernels for the next start, where the driver does not.
  package func keepCompiled() { launcher.library.keepPrograms() }

  /// Room for activations, and for the unused rows of a product's last tile; quantized where only products read them and
  /// the family keeps such.
  ///
  /// A session begins with it, and the recorded launches hold on to the memory of the one before.
  package func activations(rows: Int, columns: Int, for use: ActivationUse) throws -> DeviceActivations {
    context.forgetLaunches()
    let quantized = use == .products ? try kernels.quantizedActivations(rows: rows, columns: columns) : nil
    return try quantized ?? .floats(queue.context, rows: rows, columns: columns)
  }

  /// Sends the step's rows to the device.
  package func begin(_ step: Step, _ slots: DeviceSlots) throws -> DeviceRows {
    let height = try kernels.attentionTile(for: step, sequences: slots.rows.count)
    try self.step.load(step, tileHeight: height)
    return DeviceRows(step: self.step, slots: slots)
  }

  /// Enqueues the launches of the last step again where this one is like the last two.
  package func compute(_ step: Step, _ slots: DeviceSlots, _ operations: (DeviceRows) throws -> Void) throws {
    let rows = try begin(step, slots)
    if launcher.profile?.isActive == true { return try operations(rows) }
    let key = LaunchRecord.Key(step: rows.shape, slots: ObjectIdentifier(slots.pages))
    let isRepeated = try launcher.record.enqueue(key) {
      kernels.beginStep()
      try operations(rows)
    }
    if isRepeated { kernels.repeatedStep() }
  }
}
