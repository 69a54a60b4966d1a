internal import Kernels
internal import OpenCL

extension OpenCLBackend {
  /// The operands of a product of rows in fp32; as many rows of tiles as `rows` fill are readable.
  func quantize(_ x: DeviceActivations, stride: Int, rows: Int) throws -> Buffer<UInt32> {
    let operand = try operands.room(rows: rows + LinearKernel.tallest, stride: stride)
    try quantize(x.buffer, k: x.columns, xStride: x.stride, rows: rows, into: operand, stride: stride)
    return operand
  }

  private func quantize(
    _ x: Buffer<Float>, k: Int, xStride: Int, rows: Int, into operand: Buffer<UInt32>, stride: Int
  ) throws {
    guard rows > 0 else { return }  // of a step whose logits nobody wants
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
      kernel, global: global, local: local, Input(x), Output(operand), Int32(k), Int32(xStride), Int32(stride))
  }

  /// Calls `body` with rows in fp32 to fill, and rounds them into `y` where that is kept as operands.
  func withFloats(
    for y: DeviceActivations, rows: Int, _ body: (DeviceActivations) throws -> Void
  ) throws {
    guard y.isOperand else { return try body(y) }
    let rounded = DeviceActivations(
      buffer: try floats.room(rows: rows + LinearKernel.tallest, stride: y.stride), operand: y.operand,
      operandStride: 0, columns: y.columns)
    try body(rounded)
    try quantize(
      rounded.buffer, k: y.columns, xStride: y.stride, rows: rows, into: y.operand, stride: y.operandStride)
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
