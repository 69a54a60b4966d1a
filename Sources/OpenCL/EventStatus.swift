internal import COpenCL

/// How far a command is; a negative value is the status with which it failed.
public struct EventStatus: RawRepresentable, Hashable, Sendable {
  /// The C value.
  public let rawValue: Int32

  /// A status from its C value.
  public init(rawValue: Int32) { self.rawValue = rawValue }

  /// In the queue. The corresponding C constant is `CL_QUEUED`.
  public static let queued = EventStatus(rawValue: CL_QUEUED)
  /// With the device. The corresponding C constant is `CL_SUBMITTED`.
  public static let submitted = EventStatus(rawValue: CL_SUBMITTED)
  /// Running. The corresponding C constant is `CL_RUNNING`.
  public static let running = EventStatus(rawValue: CL_RUNNING)
  /// Done. The corresponding C constant is `CL_COMPLETE`.
  public static let complete = EventStatus(rawValue: CL_COMPLETE)

  /// Whether the command will not run any more: it is done, or it failed.
  public var isFinal: Bool { rawValue <= CL_COMPLETE }
}
