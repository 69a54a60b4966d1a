internal import Kernels
internal import OpenCL

extension OpenCLBackend {
  /// selected[r] = x[m], m the r-th of the rows whose logits are wanted; from here on only these are computed.
  package func narrow(_ x: DeviceActivations, into selected: DeviceActivations) throws {
    step.narrow()
    try context.gather(x, into: selected)
  }

}

extension KernelContext {
  /// The rows whose logits are wanted.
  func gather(_ x: DeviceActivations, into selected: DeviceActivations) throws {
    guard step.activeCount > 0 else { return }
    try launcher.run(
      GatherKernel(), global: NDRange(roundUp(x.stride, to: GatherKernel.localSize), step.activeCount),
      local: NDRange(GatherKernel.localSize), Input(x.buffer), Input(step.outputs), Output(selected.buffer),
      Int32(x.stride))
  }
}

/// The kernel of gather.cl.
struct GatherKernel: KernelDescriptor {
  static let localSize = 32

  var source: KernelSource { .gather }
  var function: String { "gather" }
  var definitions: [(name: String, value: String)] { [("LOCAL", "\(Self.localSize)")] }
}
