/// The part of a job that one of several processes takes.
package struct Shard: Hashable, Sendable, CustomStringConvertible {
  /// Which part, counted from 0.
  package let index: Int
  /// How many parts there are.
  package let count: Int

  /// The whole job.
  package static let whole = Shard(index: 0, count: 1)

  private init(index: Int, count: Int) {
    self.index = index
    self.count = count
  }

  /// Reads `i/N`, where i counts from 0; nil for anything else.
  package init?(_ text: String) {
    let numbers = text.split(separator: "/", omittingEmptySubsequences: false).map { Int($0) }
    guard numbers.count == 2, let index = numbers[0], let count = numbers[1], 0 <= index, index < count else {
      return nil
    }
    self.init(index: index, count: count)
  }

  /// As it is written on the command line.
  package var description: String { "\(index)/\(count)" }

  /// Whether an item belongs to this part, by the key of its id.
  func contains(_ key: UInt64) -> Bool { key % UInt64(count) == UInt64(index) }
}
