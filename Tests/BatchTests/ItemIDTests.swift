import JSON
import Testing

@testable import Batch

@Suite struct ItemIDTests {
  @Test func idsAreTheirSpelling() throws {
    let number = try #require(ItemID(.integer(7)))
    let text = try #require(ItemID(.string("7")))
    #expect(number.key == text.key && number.mark == text.mark && number.key == ItemID(line: 7).key)
    #expect(number.mark != ItemMark(index: 7) && ItemID(.number(7))?.key == number.key)
    // Composed and decomposed: other bytes, another item.
    #expect(ItemID(.string("\u{E9}"))?.key != ItemID(.string("e\u{301}"))?.key)
    #expect(ItemID(.number(1.5)) == nil && ItemID(.null) == nil && ItemID(.boolean(true)) == nil)
  }

  @Test func shardsShareOutTheItemsEvenly() throws {
    for count in [2, 3, 7] {
      let shards = try (0..<count).map { try #require(Shard("\($0)/\(count)")) }
      var sizes = Array(repeating: 0, count: count)
      for number in 0..<7000 {
        let holders = shards.filter { $0.contains(ItemID(line: 2 * number).key) }
        #expect(holders.count == 1)
        sizes[holders[0].index] += 1
      }
      let share = 7000 / count
      #expect(sizes.allSatisfy { abs($0 - share) < share / 5 }, "\(sizes)")
    }
  }

  @Test(arguments: ["", "1", "1/", "/2", "2/2", "-1/2", "0/0", "1/2/3", "a/b"])
  func shardsThatAreNone(_ text: String) { #expect(Shard(text) == nil) }
}
