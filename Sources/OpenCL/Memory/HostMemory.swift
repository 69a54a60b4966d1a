/// Memory of the host that a device writes or reads while the host goes on.
///
/// An array's storage may move; this does not. Sendable, because its owner touches it only when the device is done.
final class HostMemory: @unchecked Sendable {
  let bytes: UnsafeMutableRawBufferPointer

  init(byteCount: Int, alignment: Int) {
    bytes = .allocate(byteCount: byteCount, alignment: alignment)
  }

  deinit { bytes.deallocate() }
}
