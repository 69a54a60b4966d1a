internal import OpenCL

/// 16 bits of stored weights, keys or values: an fp16 number, or a part of others.
///
/// Kernels are compiled for the precision; the host only counts bytes.
struct Stored: BitwiseCopyable {
  var bits: UInt16
}

/// A packed weight matrix and its bias, on the device.
public struct DeviceMatrix {
  /// Panels of 32 columns, as ``PackedLayout`` says.
  let weights: Buffer<Stored>
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
public struct DeviceTable {
  let rows: Buffer<Float>  // (T, C)
}

/// A layer norm's parameters, on the device.
public struct DeviceNorm {
  let gain: Buffer<Float>  // (C)
  let bias: Buffer<Float>  // (C)
  let epsilon: Float
}

/// Activations, on the device: (rows, stride) fp32, or what products make of them first.
public struct DeviceActivations {
  /// Empty where they are kept as operands.
  let buffer: Buffer<Float>
  /// Rows as the products of a precision take them, `operandStride` words each; empty where they are kept in fp32.
  let operand: Buffer<UInt32>
  let operandStride: Int
  /// How many columns count.
  let columns: Int

  /// Whether they are kept as operands.
  var isOperand: Bool { operandStride > 0 }

  /// The columns rounded up to whole panels, and a vector: rows of a power of two would share the lines of one set of a
  /// cache.
  var stride: Int { Self.stride(columns) }

  static func stride(_ columns: Int) -> Int { roundUp(columns, to: PackedLayout.panelWidth) + 16 }
}
