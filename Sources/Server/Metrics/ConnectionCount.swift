internal import Synchronization

/// How many connections are open.
final class ConnectionCount: Sendable {
  private let count = Atomic(0)

  var value: Int { count.load(ordering: .relaxed) }

  func change(by difference: Int) { count.add(difference, ordering: .relaxed) }
}
