internal import Kernels

/// The kernel of simt/layer_norm.cl.
struct SIMTLayerNorm: KernelDescriptor {
  /// How the kernel quantizes its rows; nil where it leaves them in fp32.
  let layout: PackedLayout?
  /// Numbers of a row that a work-item keeps: HELD.
  private let held: Int

  /// Work-items that share a row: LOCAL.
  static let groupSize = 128
  /// The most that one keeps; what it keeps in vain takes time, too.
  private static let mostHeld = 16

  init(channels: Int, layout: PackedLayout?) {
    self.layout = layout
    held = min((channels + Self.groupSize - 1) / Self.groupSize, Self.mostHeld)
  }

  var source: KernelSource { .simtLayerNorm }
  var function: String { "layer_norm" }
  var definitions: [(name: String, value: String)] {
    [("HELD", "\(held)")] + (layout.map { $0.definitions + [("QUANTIZES", "1")] } ?? [])
  }
}

/// The kernel of simt/quantize.cl.
struct SIMTQuantize: KernelDescriptor {
  let layout: PackedLayout

  /// Work-items that share a group of a row, and those of a work-group: ITEMS, and ROUNDED times as many.
  static let (items, groupSize) = (8, 64)

  var source: KernelSource { .simtQuantize }
  var function: String { "quantize" }
  var definitions: [(name: String, value: String)] { layout.definitions }
}
