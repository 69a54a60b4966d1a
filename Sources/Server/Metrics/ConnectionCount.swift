internal import Synchronization

/// How many connections are open.
final class ConnectionCount: Sendable {
  private let count = Atomic(0)

  var value: Int { count.load(ordering: .relaxed) }

  /// How many there are then.
  @discardableResult
  func change(by difference: Int) -> Int { count.add(difference, ordering: .relaxed).newValue }
}
