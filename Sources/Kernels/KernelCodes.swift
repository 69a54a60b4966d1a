/// How numbers are stored: `TYPE_…` in common/types.h, which a test compares with these codes.
package enum StoredType: Int, CaseIterable, Sendable {
  case f32 = 32
  case f16 = 16
  case bf16 = 17
  case int8 = 8
  case int4 = 4
}

/// The operation on a product's sum: `EPILOGUE_…` in common/types.h.
package enum Epilogue: Int32, CaseIterable, Sendable {
  case none = 0
  case activation = 1
  /// It is added to the number in its place.
  case residual = 2
}

/// The instruction that multiplies pairs and quads: `DOT_…` in common/types.h.
package enum DotCode: Int, CaseIterable, Sendable {
  case portable = 0
  case vdpbf16ps = 1
  case vpdpbusd = 2
  case khrInteger = 3
  case dp4a = 4
  case mma = 5
  case vpmaddubsw = 6
  case vpmaddwd = 7
  case xmx = 8
  case wmma = 9
}

/// Sizes in common/types.h.
package enum KernelSize {
  /// Columns of a packed matrix that lie side by side: `PANEL`.
  package static let panel = 32
  /// Values that are rounded together, and in int8 share a scale: `GROUP`.
  package static let group = 128
  /// Weights of a group that in int4 share a multiple of its scale: `SPAN`.
  package static let span = 32
  /// Positions of a page of keys and values: `PAGE`.
  package static let page = 64
}
