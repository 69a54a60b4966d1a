internal import Synchronization

/// Counts a worker's results, for whoever looks from another thread.
final class Counters: Sendable {
  /// Items that it finished, those that failed among them.
  let items = Atomic(0)
  /// Of these, items with room for fewer tokens than were asked for.
  let cappedItems = Atomic(0)
  /// Tokens that it chose, those of unfinished items among them.
  let newTokens = Atomic(0)
  /// Texts of items that were to have several.
  let texts = Atomic(0)
  /// Millionths of items that are not finished: the part of their texts that is.
  let parts = Atomic(0)

  /// What one text of an item of so many counts for in ``parts``.
  static func part(of texts: Int) -> Int { 1_000_000 / texts }
}
