internal import Kernels

/// The kernel of gather.cl.
struct GatherKernel: KernelDescriptor {
  static let localSize = 32

  var source: KernelSource { .gather }
  var function: String { "gather" }
  var definitions: [(name: String, value: String)] { [("LOCAL", "\(Self.localSize)")] }
}
