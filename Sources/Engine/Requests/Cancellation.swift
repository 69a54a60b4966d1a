internal import Synchronization

/// Ends a request from any thread. An engine looks at it before every step, whether the prompt is being computed or tokens
/// have come; of a request that waits, when its turn comes, until when it has its place in the queue.
public final class Cancellation: Sendable {
  private let isSet = Atomic(false)

  /// Not cancelled yet.
  public init() {}

  /// Whether somebody has cancelled the request.
  public var isCancelled: Bool { isSet.load(ordering: .acquiring) }

  /// Cancels the request; it stays so.
  public func cancel() { isSet.store(true, ordering: .releasing) }
}
