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
  /// How they are stored.
  package let layout: PackedLayout
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
