internal import COpenCL
internal import Glibc
internal import Synchronization

/// Host memory for the buffers of CPU-type devices, which compute in the host's memory anyway.
///
/// On pages of 2 MiB, because a model's weights are read from end to end for every token: pages of 4 KiB cost a page walk
/// each, and stop the processor's prefetching. Most matrices are smaller than such a page, so several share a block.
///
/// Sendable, because it never changes; who got which part of its memory is settled under a lock.
final class HugePages: @unchecked Sendable {
  /// The block that buffers are carved from, and how much of it is taken.
  private static let current = Mutex<(block: HugePages, taken: Int)?>(nil)

  /// From where on a buffer is worth a place here.
  private static let smallest = 64 << 10
  private static let blockSize = 32 << 20
  private static let pageSize = 2 << 20
  /// Of a buffer within its block.
  private static let alignment = 4 << 10

  private let memory: UnsafeMutableRawPointer

  private init?(byteCount: Int) {
    var memory: UnsafeMutableRawPointer?
    guard posix_memalign(&memory, Self.pageSize, byteCount) == 0, let memory else { return nil }
    madvise(memory, byteCount, MADV_HUGEPAGE)  // advice: without huge pages it is ordinary memory
    self.memory = memory
  }

  deinit { free(memory) }

  /// Whether a buffer should be placed here.
  static func suit(_ device: Device, byteCount: Int) -> Bool {
    device.computesInHostMemory && byteCount >= smallest
  }

  /// Memory for a buffer, and the block that it lies in, which must live as long.
  static func allocate(_ byteCount: Int) -> (memory: UnsafeMutableRawPointer, block: HugePages)? {
    guard byteCount < blockSize / 4 else { return HugePages(byteCount: byteCount).map { ($0.memory, $0) } }
    let size = (byteCount + alignment - 1) / alignment * alignment
    return current.withLock { current in
      if current.map({ $0.taken + size > blockSize }) ?? true {
        current = HugePages(byteCount: blockSize).map { ($0, 0) }
      }
      guard let (block, taken) = current else { return nil }
      current = (block, taken + size)
      return (block.memory + taken, block)
    }
  }
}
