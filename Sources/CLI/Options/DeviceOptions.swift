internal import Backend
internal import OpenCL
internal import OpenCLBackend
import ArgumentParser
import GPT2

/// Where and how to compute.
struct DeviceOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      """
      An OpenCL device by its number in 'gpt2-gpu devices' or by part of its name, or 'cpu' for OpenBLAS without \
      OpenCL (default: $GPT2_GPU_DEVICE, else device 0, or cpu where there is none). batch takes several, as 0,1 or all, which is every OpenCL \
      device.
      """, valueName: "number|cpu|name"))
  var device: String?

  @Option(
    help: "How weights are stored; sums are always fp32. auto is fp16, and fp32 on cpu, which has nothing else.")
  var precision = Automatic<Precision>()

  @Option(help: "The kernels to run, for tests and comparisons; auto goes by the device.")
  var kernels = Automatic<KernelFamily>()

  /// The device of a command that computes on one, as it is named.
  var selection: DeviceSelection { named.map { DeviceSelection($0) } ?? .automatic }

  /// The device by its flag, else by the environment; nil where neither names one.
  private var named: String? { EnvironmentDefault.device.value(unless: device) }

  /// The devices, each once.
  func devices() throws -> [ComputeDevice] {
    let devices = try EnvironmentDefault.device.naming(unless: device) {
      try named.map { try DeviceSelection.resolve(list: $0) } ?? [DeviceSelection.automatic.resolve()]
    }
    for found in devices { try found.check(precision.value, kernels.value) }
    return devices
  }

  /// The device of a command that computes on one.
  func single(for command: String) throws -> ComputeDevice {
    let devices = try devices()
    guard let found = devices.first, devices.count == 1 else {
      throw UsageError(
        "\(command) computes on one device, and --device \(named ?? "") names \(devices.count): give one of them. "
          + "batch writes on several.")
    }
    return found
  }

  /// Puts a model onto the device, and warns where that is not the expected one.
  func load(_ model: PretrainedModel, for command: String) throws -> LoadedModel {
    let device = try single(for: command)
    let loaded = try load(model, onto: device)
    notice(device)
    return loaded
  }

  /// Puts a model onto a device; says later where its memory turns out to be too small.
  func load(_ model: PretrainedModel, onto device: ComputeDevice) throws -> LoadedModel {
    let loaded = try LoadedModel(model, on: device, precision: precision.value, family: kernels.value)
    Output.detail(loaded.computation)
    loaded.onMemoryShortage = { Output.notice("\(device.name): \($0)") }
    return loaded
  }

  /// Warns where a device is not the expected one.
  func notice(_ used: ComputeDevice) {
    if used.isCPU && named == nil {
      Output.notice("There is no OpenCL device, so the CPU computes without OpenCL. \(DriverAdvice.sentence)")
    }
  }
}
