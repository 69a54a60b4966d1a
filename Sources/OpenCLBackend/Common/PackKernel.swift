internal import Checkpoint
internal import Kernels

/// The kernels of pack.cl.
struct PackKernel: KernelDescriptor {
  enum Function: String {
    case pack, widen
  }

  let entry: Function
  let fileType: ScalarType
  let layout: PackedLayout
  /// Work-items that share a panel: 1 or ``PackedLayout/panelWidth``.
  let items: Int

  init(_ function: Function, _ fileType: ScalarType, layout: PackedLayout, items: Int) {
    entry = function
    self.fileType = fileType
    self.layout = layout
    self.items = items
  }

  var source: KernelSource { .pack }
  var function: String { entry.rawValue }
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
