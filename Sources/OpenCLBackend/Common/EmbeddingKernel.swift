internal import Kernels

/// The kernel of embedding.cl.
struct EmbeddingKernel: KernelDescriptor {
  let layout: PackedLayout

  static let localSize = 32

  var source: KernelSource { .embedding }
  var function: String { "embed" }
  var definitions: [(name: String, value: String)] { layout.definitions + [("LOCAL", "\(Self.localSize)")] }
}
