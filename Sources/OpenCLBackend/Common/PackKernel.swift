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

  init(_ function: Function, _ fileType: ScalarType, layout: PackedLayout) {
    entry = function
    self.fileType = fileType
    self.layout = layout
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
    return [("SOURCE_TYPE", "\(type.rawValue)")] + layout.definitions
  }
}
