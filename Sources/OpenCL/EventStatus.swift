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
