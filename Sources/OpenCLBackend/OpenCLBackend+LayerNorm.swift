internal import Kernels
internal import OpenCL

extension OpenCLBackend {
  /// y[m] = norm(x[m]).
  package func layerNorm(_ x: DeviceActivations, _ norm: DeviceNorm, into y: DeviceActivations) throws {
    let group = LayerNormKernel.groupSize(family)
    try launcher.run(
      LayerNormKernel(family: family, layout: y.isOperand ? layout : nil), global: NDRange(group * step.activeCount),
      local: NDRange(group), Input(x.buffer), Input(norm.gain), Input(norm.bias), Output(y.buffer), Output(y.operand),
      Int32(x.columns), Int32(x.stride), Int32(y.operandStride), norm.epsilon)
  }
}

/// The kernels of simd/layer_norm.cl and simt/layer_norm.cl.
struct LayerNormKernel: KernelDescriptor {
  let family: KernelFamily
  /// How the operands are laid out that the kernel makes of its rows; nil where it leaves them in fp32.
  let layout: PackedLayout?

  /// Work-items that share a row.
  static func groupSize(_ family: KernelFamily) -> Int { family == .simd ? 1 : 128 }

  var source: KernelSource { family == .simd ? .simdLayerNorm : .simtLayerNorm }
  var function: String { "layer_norm" }
  var definitions: [(name: String, value: String)] {
    let group = family == .simd ? [] : [("LOCAL", "\(Self.groupSize(family))")]
    return group + (layout.map { $0.definitions + [("QUANTIZES", "1")] } ?? [])
  }
}
