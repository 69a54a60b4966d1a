internal import COpenCL

/// A device's commands, run one after the other in the order they are enqueued.
///
/// Not Sendable: the order of commands is its owner's business.
public final class CommandQueue {
  let handle: cl_command_queue

  /// Where the queue's buffers and kernels live.
  public let context: Context

  /// Host memory that the device may still be reading, oldest first.
  var staged: [(event: Event, memory: HostMemory)] = []

  /// A queue.
  ///
  /// - Parameter profiling: Whether the events of its commands know when they ran.
  public init(_ context: Context, profiling: Bool = false) throws(OpenCLError) {
    self.context = context
    handle = try create("clCreateCommandQueue", context.device.name) {
      clCreateCommandQueue(context.handle, context.device.id, profiling ? profilingQueue : 0, $0)
    }
  }

  deinit {
    if !staged.isEmpty { clFinish(handle) }
    clReleaseCommandQueue(handle)
  }

  /// Hands the enqueued commands to the device, and does not wait.
  public func flush() throws(OpenCLError) {
    try check("clFlush") { clFlush(handle) }
  }

  /// Blocks until everything enqueued is done.
  public func finish() throws(OpenCLError) {
    try check("clFinish", context.device.name) { clFinish(handle) }
    staged.removeAll()
  }

  /// Enqueues a command and returns its event.
  func event(
    _ routine: StaticString, _ context: @autoclosure () -> String,
    enqueue: (UnsafeMutablePointer<cl_event?>) -> cl_int
  ) throws(OpenCLError) -> Event {
    Event(
      try create(routine, context()) { status in
        var event: cl_event?
        status.pointee = enqueue(&event)
        return event
      })
  }
}
