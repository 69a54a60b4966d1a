internal import System
internal import COpenCL
internal import Synchronization

/// Memory of a device, as elements of one type. Its first contents are undefined.
///
/// Sendable, because OpenCL memory objects are thread-safe (OpenCL 1.2, appendix A.2); in which order commands touch
/// its contents is the queue's business.
public final class Buffer<Element: BitwiseCopyable>: @unchecked Sendable {
  let handle: cl_mem

  /// How many elements it holds.
  public let count: Int

  private let memory: MemoryCount

  /// How many bytes its elements take.
  public var byteCount: Int { count * MemoryLayout<Element>.stride }

  /// Allocates memory on the context's device.
  ///
  /// - Parameters:
  ///   - count: How many elements. OpenCL knows no empty buffers: zero takes the memory of one.
  ///   - access: How kernels use it.
  public init(_ context: Context, count: Int, access: BufferAccess = .readWrite) throws(OpenCLError) {
    let device = context.device
    let (byteCount, overflow) = max(count, 1).multipliedReportingOverflow(by: MemoryLayout<Element>.stride)
    guard count >= 0, !overflow, byteCount <= device.maxAllocation else {
      throw OpenCLError(
        routine: "clCreateBuffer", status: .invalidBufferSize,
        context: "\(count) elements of \(MemoryLayout<Element>.stride) bytes, where \(device.name) allows "
          + "\(ByteSize(device.maxAllocation)) at once")
    }
    self.count = count
    self.memory = context.memory
    let place = HostArena.suits(device, byteCount: byteCount) ? HostArena.allocate(byteCount) : nil
    let flags = (access == .readOnly ? readOnly : readWrite) | (place == nil ? 0 : useHostMemory)
    handle = try create("clCreateBuffer", "\(ByteSize(byteCount)) on \(device.name)") {
      clCreateBuffer(context.handle, flags, byteCount, place?.memory, $0)
    }
    context.memory.now.add(byteCount, ordering: .relaxed)
    if let place { try keep(place.block, whileUsed: handle) }
  }

  /// Lends memory to a device that computes in the host's, and reads it where it lies.
  ///
  /// - Parameters:
  ///   - bytes: The memory, whole elements, aligned as these are; nobody writes it.
  ///   - owner: Keeps the memory alive; released, on any thread, when no command needs it any more.
  public init(
    _ context: Context, lending bytes: UnsafeRawBufferPointer, of owner: any AnyObject & Sendable
  ) throws(OpenCLError) {
    count = bytes.count / MemoryLayout<Element>.stride
    memory = context.memory
    // The pointer loses its const to C's declaration only: memory that is read-only to the device is not written.
    let start = UnsafeMutableRawPointer(mutating: bytes.baseAddress)
    handle = try create("clCreateBuffer", "\(ByteSize(bytes.count)) of the host's memory") {
      clCreateBuffer(context.handle, readOnly | useHostMemory, bytes.count, start, $0)
    }
    memory.now.add(byteCount, ordering: .relaxed)
    try keep(owner, whileUsed: handle)
  }

  deinit {
    memory.now.subtract(max(byteCount, MemoryLayout<Element>.stride), ordering: .relaxed)
    clReleaseMemObject(handle)
  }

  /// The place in bytes of `count` elements from `start`, or of all from there, which `routine` is to touch.
  func byteRange(at start: Int, count: Int?, for routine: StaticString) throws(OpenCLError) -> Range<Int> {
    guard 0...self.count ~= start, 0...(self.count - start) ~= count ?? 0 else {
      throw OpenCLError(
        routine: routine.description, status: .invalidValue,
        context: "\(count.map { "\($0) elements" } ?? "elements") at \(start) of a buffer of \(self.count)")
    }
    let stride = MemoryLayout<Element>.stride
    return start * stride..<(count.map { start + $0 } ?? self.count) * stride
  }
}

/// How kernels may use a buffer.
public enum BufferAccess: Sendable {
  /// Read and write.
  case readWrite
  /// Only read: weights.
  case readOnly
}

/// Keeps an object until the device is done with a buffer: commands may outlive the last reference to that.
private func keep(_ object: any AnyObject & Sendable, whileUsed buffer: cl_mem) throws(OpenCLError) {
  let kept = Unmanaged<AnyObject>.passRetained(object)
  do {
    try check("clSetMemObjectDestructorCallback") {
      clSetMemObjectDestructorCallback(
        buffer, { _, object in if let object { Unmanaged<AnyObject>.fromOpaque(object).release() } }, kept.toOpaque())
    }
  } catch {
    kept.release()
    throw error
  }
}
