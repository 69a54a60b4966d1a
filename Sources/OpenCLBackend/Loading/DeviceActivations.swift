package import OpenCL

/// Activations, on the device: (rows, stride) fp32, or what products make of them first.
package struct DeviceActivations {
  /// Empty where they are kept as operands.
  package let buffer: Buffer<Float>
  /// Rows as the products of a precision take them, `operandStride` words each; empty where they are kept in fp32.
  package let operand: Buffer<UInt32>
  package let operandStride: Int
  /// How many columns count.
  package let columns: Int

  /// Whether they are kept as operands.
  package var isOperand: Bool { operandStride > 0 }

  /// The columns rounded up to whole panels, and a vector: rows of a power of two would share the lines of one set of a
  /// cache.
  package var stride: Int { Self.stride(columns) }

  static func stride(_ columns: Int) -> Int { roundUp(columns, to: PackedLayout.panelWidth) + 16 }

  /// Rows behind the last that there is room for: the tallest tile of a product may compute them in vain.
  static let spareRows = 12

  /// Room for rows in fp32.
  static func floats(_ context: Context, rows: Int, columns: Int) throws -> DeviceActivations {
    DeviceActivations(
      buffer: try Buffer(context, count: (rows + spareRows) * stride(columns), zeroed: true),
      operand: try Buffer(context, count: 0), operandStride: 0, columns: columns)
  }
}
