internal import Kernels

/// The kernel of simd/layer_norm.cl.
struct SIMDLayerNorm: KernelDescriptor {
  /// How the kernel quantizes its rows; nil where it leaves them in fp32.
  let layout: PackedLayout?

  var source: KernelSource { .simdLayerNorm }
  var function: String { "layer_norm" }
  var definitions: [(name: String, value: String)] { layout.map { $0.definitions + [("QUANTIZES", "1")] } ?? [] }
}

/// The kernel of simd/quantize.cl.
struct SIMDQuantize: KernelDescriptor {
  let layout: PackedLayout

  var source: KernelSource { .simdQuantize }
  var function: String { "quantize" }
  var definitions: [(name: String, value: String)] { layout.definitions }
}
