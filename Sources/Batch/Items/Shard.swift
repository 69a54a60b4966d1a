/// The part of a job that one of several processes takes.
public struct Shard: Hashable, Sendable, CustomStringConvertible {
  /// Which part, counted from 0.
  public let index: Int
  /// How many parts there are.
  public let count: Int

  /// The whole job.
  public static let whole = Shard(index: 0, count: 1)

  private init(index: Int, count: Int) {
    self.index = index
    self.count = count
  }

  /// Reads `i/N`, where i counts from 0; nil for anything else.
  public init?(_ text: String) {
    let numbers = text.split(separator: "/", omittingEmptySubsequences: false).map { Int($0) }
    guard numbers.count == 2, let index = numbers[0], let count = numbers[1], 0 <= index, index < count else {
      return nil
    }
    self.init(index: index, count: count)
  }

  /// As it is written on the command line.
  public var description: String { "\(index)/\(count)" }

  /// Whether an item belongs to this part, by the key of its id.
  func contains(_ key: UInt64) -> Bool { key % UInt64(count) == UInt64(index) }
}
