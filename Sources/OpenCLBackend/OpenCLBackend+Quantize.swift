internal import Kernels
internal import OpenCL

extension OpenCLBackend {
  /// The operands of a product of rows in fp32; as many rows of tiles as `rows` fill are readable.
  package func quantize(_ x: DeviceActivations, rows: Int) throws -> DeviceActivations {
    guard let rounded = try operandRoom(rows: rows, columns: x.columns) else { return x }
    try quantize(
      x.buffer, k: x.columns, xStride: x.stride, rows: rows, into: rounded.operand, stride: rounded.operandStride)
    return rounded
  }

  /// Room for the operands of the next product; nil where the precision has none.
  package func operandRoom(rows: Int, columns: Int) throws -> DeviceActivations? {
    guard let stride = layout.operandStride(columns) else { return nil }
    return DeviceActivations(
      buffer: try floats.room(rows: 0, stride: 0),  // of which no kernel reads or writes anything
      operand: try operands.room(rows: rows + SIMDTile.tallest, stride: stride), operandStride: stride,
      columns: columns)
  }

  private func quantize(
    _ x: Buffer<Float>, k: Int, xStride: Int, rows: Int, into operand: Buffer<UInt32>, stride: Int
  ) throws {
    guard rows > 0 else { return }  // of a step whose logits nobody wants
    let kernel = QuantizeKernel(family: family, layout: layout)
    let groups = roundUp(k, to: PackedLayout.group) / PackedLayout.group
    let (global, local): (NDRange, NDRange) =
      switch family {
      case .simd: (NDRange(rows), 1)
      case .simt:
        (
          NDRange(roundUp(groups * QuantizeKernel.items, to: QuantizeKernel.groupSize), rows),
          NDRange(QuantizeKernel.groupSize)
        )
      }
    try launcher.run(
      kernel, global: global, local: local, Input(x), Output(operand), Int32(k), Int32(xStride), Int32(stride))
  }

  /// Calls `body` with rows in fp32 to fill, and rounds them into `y` where that is kept as operands: in the simd family.
  func withFloats(
    for y: DeviceActivations, rows: Int, _ body: (DeviceActivations) throws -> Void
  ) throws {
    guard y.isOperand else { return try body(y) }
    let rounded = DeviceActivations(
      buffer: try floats.room(rows: rows + SIMDTile.tallest, stride: y.stride), operand: y.operand,
      operandStride: 0, columns: y.columns)
    try body(rounded)
    try quantize(
      rounded.buffer, k: y.columns, xStride: y.stride, rows: rows, into: y.operand, stride: y.operandStride)
  }
}

/// The kernels of simd/quantize.cl and simt/quantize.cl.
struct QuantizeKernel: KernelDescriptor {
  let family: KernelFamily
  let layout: PackedLayout

  /// Work-items that share a group of a row, in the simt family, and those of a work-group.
  static let (items, groupSize) = (8, 64)

  var source: KernelSource { family == .simd ? .simdQuantize : .simtQuantize }
  var function: String { "quantize" }
  var definitions: [(name: String, value: String)] { layout.definitions }
}
