/// Memory on pages of 2 MiB where the system has them to give, and ordinary memory where not.
///
/// Unchecked Sendable: the address and size never change; its users agree on who writes the bytes.
package final class HugePageMemory: @unchecked Sendable {
  /// Bytes of a huge page, to which the memory is aligned.
  package static let pageSize = 2 << 20

  /// The first byte.
  package let start: UnsafeMutableRawPointer

  /// Allocates memory; nil where there is none.
  package init?(byteCount: Int) {
    var memory: UnsafeMutableRawPointer?
    guard posix_memalign(&memory, Self.pageSize, byteCount) == 0, let memory else { return nil }
    madvise(memory, byteCount, MADV_HUGEPAGE)  // advice: without huge pages it is ordinary memory
    start = memory
  }

  deinit { free(start) }
}
