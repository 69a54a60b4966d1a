public import OpenCL

/// GPT-2's operations as OpenCL kernels on one device.
///
/// Its methods enqueue and return; the device works behind them, in order.
public final class OpenCLBackend: Backend {
  /// Where it computes.
  public let device: Device
  /// How weights are stored.
  public let precision: Precision
  /// Which kernels it runs.
  public let family: KernelFamily

  let context: Context
  let queue: CommandQueue
  let library: KernelLibrary
  let stepRows: StepRows
  let loader: WeightLoader

  /// The width of a panel of packed weights, and what widths of activations are rounded up to.
  static let panelWidth = 32

  /// A backend on a device.
  ///
  /// - Parameters:
  ///   - family: The kernels to run; those made for the device's type where nil.
  ///   - maximumRows: The most rows of a step.
  public init(
    device: Device, precision: Precision, family: KernelFamily? = nil, maximumRows: Int
  ) throws {
    self.device = device
    self.precision = precision
    self.family = family ?? KernelFamily(for: device)
    context = try Context(device: device)
    queue = try CommandQueue(context)
    library = KernelLibrary(context, cache: .standard)
    stepRows = try StepRows(context, capacity: maximumRows)
    loader = try WeightLoader(queue, library, precision: precision)
  }

  /// The device's name.
  public var deviceName: String { device.name }
}

/// Rounds up to a multiple.
func roundUp(_ value: Int, to multiple: Int) -> Int { (value + multiple - 1) / multiple * multiple }
