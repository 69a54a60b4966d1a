internal import Checkpoint

extension ComputeDevice {
  /// The most rows of a step.
  package static let mostRows = 1024

  /// A backend for a model on this device: the one place that knows the backends there are.
  ///
  /// - Parameters:
  ///   - precision: fp16 where nil, and always fp32 on the CPU without OpenCL.
  ///   - profile: What times the kernels, where there are any.
  func backend(
    for configuration: ModelConfiguration, precision: Precision?, family: KernelFamily?, profile: KernelProfile? = nil
  ) throws -> any Backend {
    guard let device else { return try CPUBackend() }
    return try OpenCLBackend(
      device: device, precision: precision ?? .fp16, family: family, activation: configuration.activation,
      maximumRows: Self.mostRows, comparesArguments: false, profile: profile)
  }
}
