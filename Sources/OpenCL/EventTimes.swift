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
