internal import COpenCL
internal import Glibc

/// Host memory for the large buffers of CPU-type devices, which compute in the host's memory anyway.
///
/// On pages of 2 MiB, because a model's weights are read from end to end for every token: pages of 4 KiB cost a page walk
/// each, and stop the processor's prefetching.
enum HugePages {
  /// From where on a buffer is worth it.
  private static let smallest = 4 << 20
  private static let pageSize = 2 << 20

  /// Whether a buffer should be placed here.
  static func suit(_ device: Device, byteCount: Int) -> Bool {
    device.type == .cpu && device.sharesHostMemory && byteCount >= smallest
  }

  /// Memory, which the system may put on huge pages.
  static func allocate(_ byteCount: Int) -> UnsafeMutableRawPointer? {
    var memory: UnsafeMutableRawPointer?
    guard posix_memalign(&memory, pageSize, byteCount) == 0, let memory else { return nil }
    madvise(memory, byteCount, MADV_HUGEPAGE)  // advice: without huge pages it is ordinary memory
    return memory
  }

  /// Frees memory that no buffer uses.
  static func free(_ memory: UnsafeMutableRawPointer?) { Glibc.free(memory) }

  /// Frees the memory once the device is done with the buffer: commands may outlive the last reference to it.
  static func free(_ memory: UnsafeMutableRawPointer, after buffer: cl_mem) throws(OpenCLError) {
    try check("clSetMemObjectDestructorCallback") {
      clSetMemObjectDestructorCallback(buffer, { _, memory in Glibc.free(memory) }, memory)
    }
  }
}
