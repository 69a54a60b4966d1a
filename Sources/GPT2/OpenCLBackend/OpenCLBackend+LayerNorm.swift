internal import Kernels
internal import OpenCL

extension OpenCLBackend {
  /// Which rows a layer norm takes.
  enum NormalizedRows: Hashable {
    case allRows
    /// The rows whose logits are wanted.
    case outputRows
  }

  /// y[r] = norm(x[m]), m the r-th of the rows.
  func layerNorm(
    _ x: DeviceActivations, _ norm: DeviceNorm, of rows: NormalizedRows, into y: DeviceActivations
  ) throws {
    let kernel = LayerNormKernel(family: family)
    let group = LayerNormKernel.groupSize(family)
    try launcher.run(
      kernel, global: NDRange(group * (rows == .outputRows ? step.outputCount : step.rowCount)), local: NDRange(group),
      Input(x.buffer), Input(step.outputs), Input(norm.gain), Input(norm.bias), Output(y.buffer), Int32(x.columns),
      Int32(x.stride), norm.epsilon, rows == .outputRows ? 1 : 0 as Int32)
  }
}

/// The kernels of layer_norm_panel.cl and layer_norm_workgroup.cl.
struct LayerNormKernel: KernelDescriptor {
  let family: KernelFamily

  /// Work-items that share a row.
  static func groupSize(_ family: KernelFamily) -> Int { family == .panel ? 1 : 128 }

  var sources: [KernelSource] { [family == .panel ? .layerNormPanel : .layerNormWorkgroup] }
  var function: String { "layer_norm" }
  var definitions: [(name: String, value: String)] {
    family == .panel ? [] : [("LOCAL", "\(Self.groupSize(family))")]
  }
}
