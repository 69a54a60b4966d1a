internal import COpenCL

/// One enqueued command: whether it is done, and when it ran.
///
/// Sendable, because OpenCL events are thread-safe (OpenCL 1.2, appendix A.2).
public final class Event: @unchecked Sendable {
  private let handle: cl_event

  /// Takes over the reference to an event that an enqueueing routine returned.
  init(_ handle: cl_event) { self.handle = handle }

  deinit { clReleaseEvent(handle) }

  /// Blocks until the command is done.
  public func wait() throws(OpenCLError) {
    try check("clWaitForEvents") {
      withUnsafePointer(to: Optional(handle)) { clWaitForEvents(1, $0) }
    }
  }

  /// Blocks until the command is done or has failed: for destructors, which cannot throw.
  func waitIgnoringFailure() {
    _ = withUnsafePointer(to: Optional(handle)) { clWaitForEvents(1, $0) }
  }

  /// How far the command is; throws where it failed.
  public func status() throws(OpenCLError) -> EventStatus {
    let info = InfoQuery("clGetEventInfo") { [handle] in clGetEventInfo(handle, $0, $1, $2, $3) }
    let value = Int32(truncatingIfNeeded: try info.integer(CL_EVENT_COMMAND_EXECUTION_STATUS))
    guard let status = EventStatus(rawValue: value) else {
      throw OpenCLError(routine: "clGetEventInfo", status: Status(rawValue: value), context: "a command failed")
    }
    return status
  }

  /// When the command ran; known once it is done, on a queue that keeps times.
  public func times() throws(OpenCLError) -> EventTimes {
    let info = InfoQuery("clGetEventProfilingInfo") { [handle] in clGetEventProfilingInfo(handle, $0, $1, $2, $3) }
    return EventTimes(
      queued: try info.integer(CL_PROFILING_COMMAND_QUEUED),
      submitted: try info.integer(CL_PROFILING_COMMAND_SUBMIT),
      started: try info.integer(CL_PROFILING_COMMAND_START),
      ended: try info.integer(CL_PROFILING_COMMAND_END))
  }
}

/// How far a command is.
public enum EventStatus: Int32, Sendable {
  /// Done.
  case complete
  /// Running.
  case running
  /// With the device.
  case submitted
  /// In the queue.
  case queued
}

/// When a command went through its states, in nanoseconds of the device's clock.
public struct EventTimes: Hashable, Sendable {
  /// When the host enqueued it.
  public let queued: UInt64
  /// When the driver handed it to the device.
  public let submitted: UInt64
  /// When it began.
  public let started: UInt64
  /// When it was done.
  public let ended: UInt64
}
