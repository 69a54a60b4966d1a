internal import Synchronization
internal import System

/// Host memory for the buffers of CPU-type devices, which compute in the host's memory anyway.
///
/// On pages of 2 MiB, because a model's weights are read from end to end for every token: pages of 4 KiB cost a page walk
/// each, and stop the processor's prefetching. Most matrices are smaller than such a page, so several share a block.
enum HostArena {
  /// The block that buffers are carved from, and how many of its bytes are in use.
  private static let current = Mutex<(block: HugePageMemory, used: Int)?>(nil)

  /// The fewest bytes of a buffer that is worth a place here.
  private static let smallest = 64 << 10
  private static let blockSize = 32 << 20
  /// Of a buffer within its block.
  private static let alignment = 4 << 10

  /// Whether a buffer should be placed here.
  static func suits(_ device: Device, byteCount: Int) -> Bool {
    device.computesInHostMemory && byteCount >= smallest
  }

  /// Memory for a buffer, and the block that it lies in, which must live as long.
  static func allocate(_ byteCount: Int) -> (memory: UnsafeMutableRawPointer, block: HugePageMemory)? {
    guard byteCount < blockSize / 4 else { return HugePageMemory(byteCount: byteCount).map { ($0.start, $0) } }
    let size = (byteCount + alignment - 1) / alignment * alignment
    return current.withLock { current in
      if current.map({ $0.used + size > blockSize }) ?? true {
        current = HugePageMemory(byteCount: blockSize).map { ($0, 0) }
      }
      guard let (block, used) = current else { return nil }
      current = (block, used + size)
      return (block.start + used, block)
    }
  }
}
