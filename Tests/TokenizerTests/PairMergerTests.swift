import TestSupport
import Testing

@testable import Tokenizer

@Suite struct PairMergerTests {
  /// The definition, as slow as it reads: while any neighbours merge, the first of those with the lowest rank do.
  private func reference(_ word: [UInt8], _ merges: MergeTable, _ byteTokens: [TokenID]) -> [TokenID] {
    var symbols = word.map { byteTokens[Int($0)] }
    while let first = (1..<max(1, symbols.count)).min(by: { rank(symbols, $0, merges) < rank(symbols, $1, merges) }),
      rank(symbols, first, merges) != .max
    {
      symbols.replaceSubrange(first - 1...first, with: [merges[symbols[first - 1], symbols[first]].result])
    }
    return symbols
  }

  private func rank(_ symbols: [TokenID], _ right: Int, _ merges: MergeTable) -> UInt32 {
    merges[symbols[right - 1], symbols[right]].rank
  }

  /// Random merges over an alphabet of four, even such as no training would make, and words on either side of the
  /// length from which the heap is used.
  @Test func scanAndHeapFollowTheDefinition() {
    for seed in 0..<300 {
      var random = TestGenerator(state: UInt64(seed))
      var merges = MergeTable()
      for result in 4..<TokenID(4 + random.below(40)) {
        let known = Int(result)
        let hasRoom = merges.append(TokenID(random.below(known)), TokenID(random.below(known)), result: result)
        #expect(hasRoom)
      }
      let byteTokens = (0..<256).map { TokenID($0 % 4) }
      var merger = PairMerger(merges: merges, byteTokens: byteTokens)
      for length in [0, 1, 2, 3, 7, 20, 47, 48, 49, 50, 120] {
        let word = (0..<length).map { _ in UInt8(random.below(4)) }
        var ids: [TokenID] = []
        merger.encode(word[...], into: &ids)
        #expect(ids == reference(word, merges, byteTokens))
      }
    }
  }

  @Test func longRunsMergeFromTheLeft() throws {
    let tokenizer = try Tokenizer(files: SmallTokenizer.files())
    let pieces = tokenizer.encode(String(repeating: "a", count: 100_003)).map { tokenizer.piece($0) }
    #expect(pieces.count == 25_002)
    #expect(pieces.dropLast(2).allSatisfy { $0 == "aaaa" })
    #expect(pieces.suffix(2) == ["aa", "a"])
  }

  @Test func heapGivesTheSmallestFirst() {
    var random = TestGenerator(state: 7)
    let numbers = (0..<1000).map { _ in random.below(100) }
    var heap = MinimumHeap<Int>()
    for number in numbers { heap.insert(number) }
    var sorted: [Int] = []
    while let number = heap.popMinimum() { sorted.append(number) }
    #expect(sorted == numbers.sorted())
  }
}
