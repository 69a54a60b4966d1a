internal import Synchronization

/// Ends a request from any thread: an engine looks at it before every step, whether the request waits, its prompt is
/// being computed, or tokens have come.
public final class Cancellation: Sendable {
  private let isSet = Atomic(false)

  /// Not cancelled yet.
  public init() {}

  /// Whether somebody has cancelled the request.
  public var isCancelled: Bool { isSet.load(ordering: .acquiring) }

  /// Cancels the request; it stays so.
  public func cancel() { isSet.store(true, ordering: .releasing) }
}
