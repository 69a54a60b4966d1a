/// Which neighbouring tokens merge into which, and which merge comes first.
struct MergeTable: Sendable {
  /// The merge of a pair of neighbours.
  struct Merge: Sendable {
    /// The place in the list of merges: the lowest of a word is applied first.
    var rank: UInt32
    /// The token that the pair becomes.
    var result: TokenID

    /// That of a pair that does not merge: after all others.
    static let none = Merge(rank: .max, result: -1)
  }

  /// More than any vocabulary has; ranks must fit 32 bits.
  static let maximumCount = Vocabulary.maximumSize

  private var merges: [UInt64: Merge] = [:]
  private var count = 0

  /// The merge of two neighbours, ``Merge/none`` where there is none.
  subscript(left: TokenID, right: TokenID) -> Merge { merges[Self.key(left, right)] ?? .none }

  /// Adds the merge that comes after all others; of a pair listed twice, the last counts.
  ///
  /// - Returns: Whether there was room for it.
  mutating func append(_ left: TokenID, _ right: TokenID, result: TokenID) -> Bool {
    guard count < Self.maximumCount else { return false }
    merges[Self.key(left, right)] = Merge(rank: UInt32(count), result: result)
    count += 1
    return true
  }

  mutating func reserveCapacity(_ count: Int) { merges.reserveCapacity(min(count, Self.maximumCount)) }

  private static func key(_ left: TokenID, _ right: TokenID) -> UInt64 {
    UInt64(UInt32(bitPattern: left)) << 32 | UInt64(UInt32(bitPattern: right))
  }
}
