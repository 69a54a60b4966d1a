package import Backend
internal import CPUBackend
package import OpenCLBackend
package import Checkpoint
internal import OpenCL

extension ComputeDevice {
  /// The most rows of a step: enough to be bound by arithmetic, little memory.
  ///
  /// On a GPU with many compute units, tiles of several prompts fill rounds of work-groups better: of 124M, 2,048 tokens
  /// at a time are predicted to take a sixth less time on an H100 than twice 1,024.
  package var mostRows: Int { device.map { !$0.type.contains(.cpu) && $0.computeUnits >= 64 } == true ? 2048 : 1024 }

  /// How weights are stored where `precision` was asked for.
  ///
  /// fp16 where nil, and always fp32 on the CPU without OpenCL.
  package func stored(_ precision: Precision?) -> Precision { isCPU ? .fp32 : precision ?? .fp16 }

  /// Refuses what was asked for and this device does not have: nothing else is put in its place.
  package func check(_ precision: Precision?, _ family: KernelFamily?) throws(SettingsError) {
    guard isCPU else { return }
    if let precision, precision != stored(precision) {
      throw .precisionUnavailable(precision, device: "cpu", available: stored(precision))
    }
    if let family { throw .kernelsUnavailable(family, device: "cpu") }
  }

  /// The dot unit of a backend for a model on this device, by the same probe; nil where all units give the same sums.
  ///
  /// - Parameter precision: As ``stored(_:)`` takes it.
  package func decisiveDotUnit(
    for configuration: ModelConfiguration, precision: Precision?, family: KernelFamily?
  ) -> DotUnit? {
    let precision = stored(precision)
    guard let device else { return nil }
    let family = family ?? FamilyChoice(for: device).family
    if DotUnit.candidates(precision, family).allSatisfy(\.addsAsPortable) { return nil }
    // A device that fails here fails again where the error can be told.
    guard let context = try? Context(device: device), let queue = try? CommandQueue(context) else { return .portable }
    let launcher = KernelLauncher(queue: queue, library: KernelLibrary(context, cache: .standard(for: device)))
    return DotUnitChoice(precision, family, launcher, activation: configuration.activation).unit
  }

  /// A backend for a model on this device: the one place that knows the backends there are.
  ///
  /// - Parameters:
  ///   - precision: As ``stored(_:)`` takes it.
  ///   - profile: Collects the kernels' times, where there are any.
  ///   - sparesCompiling: Whether to run what is compiled where that can do, until more is worth the time.
  package func backend(
    for configuration: ModelConfiguration, precision: Precision?, family: KernelFamily?,
    profile: KernelProfile? = nil, sparesCompiling: Bool = true
  ) throws -> any Backend {
    try check(precision, family)
    guard let device else { return try CPUBackend() }
    let backend = try OpenCLBackend(
      device: device, precision: stored(precision), family: family, activation: configuration.activation,
      maximumRows: mostRows, comparesArguments: false, profile: profile)
    if sparesCompiling { backend.spareCompiling() }
    return backend
  }
}
