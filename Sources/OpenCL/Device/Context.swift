internal import COpenCL
internal import Synchronization

/// Where the buffers, programs and queues of one device live.
///
/// Sendable, because OpenCL contexts are thread-safe (OpenCL 1.2, appendix A.2) and this one never changes.
public final class Context: @unchecked Sendable {
  let handle: cl_context

  /// The device.
  public let device: Device
  /// The memory of its buffers.
  let memory = MemoryCount()

  /// Bytes that the context's buffers take now.
  public var bufferBytes: Int { memory.now.load(ordering: .relaxed) }

  /// A context of one device.
  public init(device: Device) throws(OpenCLError) {
    self.device = device
    handle = try create("clCreateContext", device.name) { status in
      withUnsafePointer(to: Optional(device.id)) { clCreateContext(nil, 1, $0, nil, nil, status) }
    }
  }

  deinit { clReleaseContext(handle) }
}

/// Counts the bytes of buffers.
final class MemoryCount: Sendable {
  let now = Atomic(0)
}
