internal import Checkpoint

extension ComputeDevice {
  /// The most rows of a step.
  package static let mostRows = 1024

  /// How weights are stored where `precision` was asked for.
  ///
  /// fp16 where nil, and always fp32 on the CPU without OpenCL.
  package func stored(_ precision: Precision?) -> Precision { isCPU ? .fp32 : precision ?? .fp16 }

  /// A backend for a model on this device: the one place that knows the backends there are.
  ///
  /// - Parameters:
  ///   - precision: As ``stored(_:)`` takes it.
  ///   - profile: What times the kernels, where there are any.
  func backend(
    for configuration: ModelConfiguration, precision: Precision?, family: KernelFamily?, profile: KernelProfile? = nil
  ) throws -> any Backend {
    guard let device else { return try CPUBackend() }
    return try OpenCLBackend(
      device: device, precision: stored(precision), family: family, activation: configuration.activation,
      maximumRows: Self.mostRows, comparesArguments: false, profile: profile)
  }
}
