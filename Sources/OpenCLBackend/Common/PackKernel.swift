internal import Checkpoint
internal import Kernels

/// The kernel of pack.cl.
struct PackKernel: KernelDescriptor {
  let fileType: ScalarType
  let layout: PackedLayout
  /// Work-items that share a panel: 1 or ``PackedLayout/panelWidth``.
  let items: Int

  var source: KernelSource { .pack }
  var function: String { "pack" }
  var definitions: [(name: String, value: String)] {
    let type: StoredType =
      switch fileType {
      case .bfloat16: .bf16
      case .float16: .f16
      default: .f32
      }
    return [("SOURCE_TYPE", "\(type.rawValue)")] + layout.definitions + (items == 1 ? [] : [("ITEMS", "\(items)")])
  }
}
