/// Turns words into tokens: of all neighbours that merge, those with the lowest rank do so first, from the left.
///
/// A value to be kept over the words of a text, so that its buffers are.
struct PairMerger {
  private let merges: MergeTable
  /// The token of each byte, or none.
  private let byteTokens: [TokenID]

  private var symbols: [TokenID] = []
  /// For short words: of each symbol with its right neighbour.
  private var pairs: [MergeTable.Merge] = []
  /// For long words: the linked list of the symbols that are left.
  private var links: [Link] = []

  /// Words longer than this go through the heap: the scan takes quadratic time, but little of it for short words.
  private static let longestScan = 48

  init(merges: MergeTable, byteTokens: [TokenID]) {
    self.merges = merges
    self.byteTokens = byteTokens
  }

  /// Appends the tokens of one word, given as bytes.
  mutating func encode(_ word: ArraySlice<UInt8>, into ids: inout [TokenID]) {
    symbols.removeAll(keepingCapacity: true)
    for byte in word where byteTokens[Int(byte)] != Vocabulary.noToken { symbols.append(byteTokens[Int(byte)]) }
    merge(into: &ids)
  }

  /// Appends the tokens of one word, given as the tokens of its characters.
  mutating func encode(_ word: [TokenID], into ids: inout [TokenID]) {
    symbols = word
    merge(into: &ids)
  }

  private mutating func merge(into ids: inout [TokenID]) {
    if symbols.count <= Self.longestScan { mergeByScanning(into: &ids) } else { mergeByHeap(into: &ids) }
  }

  // MARK: Short words

  private mutating func mergeByScanning(into ids: inout [TokenID]) {
    pairs.removeAll(keepingCapacity: true)
    for (left, right) in zip(symbols, symbols.dropFirst()) { pairs.append(merges[left, right]) }
    while let first = pairs.indices.min(by: { pairs[$0].rank < pairs[$1].rank }), pairs[first].rank != .max {
      symbols[first] = pairs[first].result
      symbols.remove(at: first + 1)
      pairs.remove(at: first)
      if first > 0 { pairs[first - 1] = merges[symbols[first - 1], symbols[first]] }
      if first < pairs.count { pairs[first] = merges[symbols[first], symbols[first + 1]] }
    }
    ids += symbols
  }

  // MARK: Long words, in n log n

  private struct Link {
    var previous: Int
    var next: Int
  }

  /// A merge in waiting, ordered by its rank, then by its place: 24 bits of the one above 40 of the other.
  private struct Candidate: Comparable {
    private let order: UInt64

    init(rank: UInt32, left: Int) { order = UInt64(rank) << 40 | UInt64(left) }

    var rank: UInt32 { UInt32(order >> 40) }
    var left: Int { Int(order & ((1 << 40) - 1)) }

    static func < (one: Candidate, other: Candidate) -> Bool { one.order < other.order }
  }

  private mutating func mergeByHeap(into ids: inout [TokenID]) {
    let end = symbols.count
    links.removeAll(keepingCapacity: true)
    links.append(contentsOf: symbols.indices.lazy.map { Link(previous: $0 - 1, next: $0 + 1) })
    var heap = MinimumHeap<Candidate>()
    for left in 0..<end - 1 { push(left, onto: &heap) }

    while let candidate = heap.popMinimum() {
      let left = candidate.left
      let right = links[left].next
      // Stale where another merge has taken one of the two: a rank stands for one pair, so comparing it is enough.
      guard right < end, case let merge = merges[symbols[left], symbols[right]], merge.rank == candidate.rank else {
        continue
      }
      symbols[left] = merge.result
      symbols[right] = Self.consumed
      let next = links[right].next
      links[left].next = next
      if next < end {
        links[next].previous = left
        push(left, onto: &heap)
      }
      if left > 0 { push(links[left].previous, onto: &heap) }
    }
    for symbol in symbols where symbol != Self.consumed { ids.append(symbol) }
  }

  /// A mark in the place of a symbol that its left neighbour took in; in no merge.
  private static let consumed: TokenID = -1

  private func push(_ left: Int, onto heap: inout MinimumHeap<Candidate>) {
    let rank = merges[symbols[left], symbols[links[left].next]].rank
    if rank != .max { heap.insert(Candidate(rank: rank, left: left)) }
  }
}
