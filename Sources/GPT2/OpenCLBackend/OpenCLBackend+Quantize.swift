internal import Kernels
internal import OpenCL

extension OpenCLBackend {
  /// The operands of a product with K activations a row; as many rows of tiles as `rows` fill are readable.
  func quantize(_ x: DeviceActivations, k: Int, stride: Int, rows: Int) throws -> Buffer<UInt32> {
    let operand = try operands.room(rows: rows + LinearKernel.tallest, stride: stride)
    let kernel = QuantizeKernel(family: family, layout: layout)
    let (global, local): (NDRange, NDRange) =
      switch family {
      case .panel: (NDRange(rows), 1)
      case .workgroup:
        (
          NDRange(
            QuantizeKernel.groupSize, roundUp(k, to: PackedLayout.group) / PackedLayout.group, rows),
          NDRange(QuantizeKernel.groupSize)
        )
      }
    try launcher.run(
      kernel, global: global, local: local, Input(x.buffer), Output(operand), Int32(k), Int32(x.stride), Int32(stride))
    return operand
  }
}

/// The kernels of quantize_panel.cl and quantize_workgroup.cl.
struct QuantizeKernel: KernelDescriptor {
  let family: KernelFamily
  let layout: PackedLayout

  /// Work-items that share a group of a row, in the workgroup family.
  static let groupSize = 32

  var sources: [KernelSource] { [family == .panel ? .quantizePanel : .quantizeWorkgroup] }
  var function: String { "quantize" }
  var definitions: [(name: String, value: String)] { layout.definitions }
}
