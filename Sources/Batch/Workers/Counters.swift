internal import Synchronization

/// Counts a worker's results, for whoever looks from another thread.
final class Counters: Sendable {
  /// Items that it finished, those that failed among them.
  let items = Atomic(0)
  /// Tokens that it chose, those of unfinished items among them.
  let newTokens = Atomic(0)
}
