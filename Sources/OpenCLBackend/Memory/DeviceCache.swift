internal import Backend
internal import Kernels
package import OpenCL

/// Keys and values of one layer, on the device.
package struct DeviceCache {
  /// (pages, H, 64, D) in the family's order of elements.
  package let keys: Buffer<Stored>
  /// (pages, H, 64, D), where the family reads whole vectors with D rounded up.
  package let values: Buffer<Stored>
  let pages: Int
  let heads: Int
  let headSize: Int
}

extension Precision {
  /// The kernels' name of how keys and values are stored.
  var cacheType: StoredType { cacheBitWidth == 32 ? .f32 : .f16 }
}
