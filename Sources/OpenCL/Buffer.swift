internal import COpenCL
internal import Synchronization

/// Memory of a device, as elements of one type.
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
  ///   - zeroed: Whether every byte is zero at first; otherwise the contents are undefined.
  public init(
    _ context: Context, count: Int, access: BufferAccess = .readWrite, zeroed: Bool = false
  ) throws(OpenCLError) {
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
    let place = HugePages.suit(device, byteCount: byteCount) ? HugePages.allocate(byteCount) : nil
    let flags = (access == .readOnly ? readOnly : readWrite) | (place == nil ? 0 : useHostMemory)
    handle = try create("clCreateBuffer", "\(ByteSize(byteCount)) on \(device.name)") {
      clCreateBuffer(context.handle, flags, byteCount, place?.memory, $0)
    }
    context.memory.now.add(byteCount, ordering: .relaxed)
    try place?.block.outlive(handle)
    if zeroed {
      let queue = try CommandQueue(context)
      try queue.fill(0..<byteCount, of: self, with: UInt8(0))
      try queue.finish()
    }
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
