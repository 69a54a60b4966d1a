package import OpenCL

/// 16 bits of stored weights, keys or values: an fp16 number, or a part of others.
///
/// Kernels are compiled for the precision; the host only counts bytes.
package struct Stored: BitwiseCopyable {
  package var bits: UInt16

  package init(bits: UInt16) {
    self.bits = bits
  }
}

/// A packed weight matrix and its bias, on the device.
package struct DeviceMatrix {
  /// Panels of 32 columns, as ``PackedLayout`` says.
  package let weights: Buffer<Stored>
  /// (N rounded up to 32), zero where the layer has none.
  let bias: Buffer<Float>
  /// K.
  let inputSize: Int
  /// N.
  let outputSize: Int

  /// ceil(N/32).
  var panels: Int { PackedLayout.panels(outputSize) }
}

/// Rows that are looked up, on the device.
package struct DeviceTable {
  let rows: Buffer<Float>  // (T, C)
}

/// A layer norm's parameters, on the device.
package struct DeviceNorm {
  let gain: Buffer<Float>  // (C)
  let bias: Buffer<Float>  // (C)
  let epsilon: Float
}

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
}
