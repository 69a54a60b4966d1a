internal import Kernels
internal import OpenCL

extension OpenCLBackend {
  /// Which rows a layer norm takes.
  enum NormalizedRows: Hashable {
    case allRows
    /// The rows whose logits are wanted.
    case outputRows
  }

  /// How many those are in the step under way.
  func rowCount(_ rows: NormalizedRows) -> Int { rows == .outputRows ? step.outputCount : step.rowCount }

  /// y[r] = norm(x[m]), m the r-th of the rows.
  ///
  /// - Returns: The operands of a product of y, where the kernel makes them too.
  func layerNorm(
    _ x: DeviceActivations, _ norm: DeviceNorm, of rows: NormalizedRows, into y: DeviceActivations
  ) throws -> Buffer<UInt32>? {
    let stride = layout.operandStride(x.columns)
    let kernel = LayerNormKernel(family: family, layout: family == .panel && stride != nil ? layout : nil)
    let group = LayerNormKernel.groupSize(family)
    let operand = try operands.room(rows: rowCount(rows) + LinearKernel.tallest, stride: stride ?? 0)
    try launcher.run(
      kernel, global: NDRange(group * rowCount(rows)), local: NDRange(group), Input(x.buffer), Input(step.outputs),
      Input(norm.gain), Input(norm.bias), Output(y.buffer), Output(operand), Int32(x.columns), Int32(x.stride),
      Int32(stride ?? 0), norm.epsilon, rows == .outputRows ? 1 : 0 as Int32)
    return kernel.layout == nil ? nil : operand
  }
}

/// The kernels of layer_norm_panel.cl and layer_norm_workgroup.cl.
struct LayerNormKernel: KernelDescriptor {
  let family: KernelFamily
  /// How the operands are laid out that the kernel makes of its rows; nil where it makes none.
  var layout: PackedLayout?

  /// Work-items that share a row.
  static func groupSize(_ family: KernelFamily) -> Int { family == .panel ? 1 : 128 }

  var sources: [KernelSource] {
    switch family {
    case .panel: layout == nil ? [.layerNormPanel] : [.quantizePanel, .layerNormPanel]
    case .workgroup: [.layerNormWorkgroup]
    }
  }
  var function: String { "layer_norm" }
  var definitions: [(name: String, value: String)] {
    let group = family == .panel ? [] : [("LOCAL", "\(Self.groupSize(family))")]
    return group + (layout.map { $0.definitions + [("QUANTIZES", "1")] } ?? [])
  }
}
