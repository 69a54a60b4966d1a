internal import Backend
internal import Kernels
internal import OpenCL

extension OpenCLBackend {
  /// selected[r] = x[m], m the r-th of the rows whose logits are wanted.
  package func select(_ outputs: DeviceRows, of x: DeviceActivations, into selected: DeviceActivations) throws {
    try context.gather(x, outputs, into: selected)
  }
}

extension KernelContext {
  /// The rows whose logits are wanted.
  func gather(_ x: DeviceActivations, _ outputs: DeviceRows, into selected: DeviceActivations) throws {
    guard outputs.count > 0 else { return }
    try launcher.run(
      GatherKernel(), global: NDRange(roundUp(x.stride, to: GatherKernel.localSize), outputs.count),
      local: NDRange(GatherKernel.localSize), Input(x.floats), Input(outputs.step.outputs), Output(selected.floats),
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
