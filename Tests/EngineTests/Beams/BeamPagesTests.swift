import TestSupport
import Testing

@testable import Engine

@Suite struct BeamPagesTests {
  @Test func fullPagesAreSharedAndTheLastIsCopied() {
    // The prompt's page 0 is everybody's; of each block behind there is one page a beam.
    var pages = BeamPages([[0, 1, 2], [0, 3, 4], [0, 5, 6]])
    #expect(pages.follow([0, 1, 2], position: 70).isEmpty)
    #expect(pages.follow([1, 1, 0], position: 71) == [BeamPages.Copy(from: 3, to: [5])])
    // Beam 1 goes on in its page, 2 in that of beam 0, and 0 in a copy of beam 1's.
    #expect(pages.tables == [[0, 5, 2], [0, 3, 4], [0, 1, 6]])
    // At a page's beginning there is nothing to copy: what is full is shared, and each has a new page.
    #expect(pages.follow([2, 2, 0], position: 128).isEmpty)
    #expect(pages.tables == [[0, 1, 2], [0, 1, 4], [0, 5, 6]])
  }

  @Test func beamsThatRestKeepAPage() {
    var pages = BeamPages([[1], [2], [3]])
    #expect(pages.follow([2], position: 5).isEmpty)
    #expect(Set(pages.tables.flatMap(\.self)) == [1, 2, 3] && pages.tables[0] == [3])
  }

  /// Whatever follows whatever, each beam reads what its own past wrote, and writes where nobody else does.
  @Test func everyBeamReadsItsOwnPast() throws {
    var generator = TestGenerator(state: 5)
    for count in 1...5 {
      let prompt = Int(generator.next() % 130)
      let (full, blocks) = (prompt / 64, 6)
      var pages = BeamPages(
        (0..<count).map { beam in (0..<blocks).map { Int32($0 < full ? $0 : 100 * (beam + 1) + $0) } })
      var contents: [Int32: [Int: Int]] = [:]
      var histories = Array(repeating: (0..<prompt).map { $0 }, count: count)
      for table in pages.tables {
        for position in 0..<prompt { contents[table[position / 64], default: [:]][position] = position }
      }
      for position in prompt..<(blocks * 64) {
        if position > prompt {
          let parents = (0..<count).map { _ in Int(generator.next() % UInt64(count)) }
          for copy in pages.follow(parents, position: position) {
            for page in copy.to { contents[page] = contents[copy.from] }
          }
          histories = parents.map { histories[$0] }
        }
        #expect(Set(pages.tables.map { $0[position / 64] }).count == count)
        for (beam, table) in pages.tables.enumerated() {
          let mark = 1000 * position + beam
          contents[table[position / 64], default: [:]][position] = mark
          histories[beam].append(mark)
        }
        guard position % 37 == 0 else { continue }
        for (table, history) in zip(pages.tables, histories) {
          #expect(history.indices.allSatisfy { contents[table[$0 / 64]]?[$0] == history[$0] })
        }
      }
    }
  }
}
