internal import Backend

/// The pages of the cache in which the beams of a search lie.
///
/// Of each block of positions behind the prompt's full pages there are as many pages as beams, one in each beam's table.
/// Beams share the pages that are full; where two follow the same one, in whose last page there is room, one goes on in it
/// and the other in a copy.
struct BeamPages {
  /// A page to copy to others.
  struct Copy: Equatable {
    let from: Int32
    let to: [Int32]
  }

  /// (beams, blocks)
  private(set) var tables: [[Int32]]

  init(_ tables: [[Int32]]) { self.tables = tables }

  /// Makes each beam follow another, or itself.
  ///
  /// - Parameters:
  ///   - parents: Of the first beams, the one that each follows; the others rest.
  ///   - position: The next that each will write to: those before are written.
  /// - Returns: The pages to copy before that; the tables have then changed of those that do not follow themselves.
  mutating func follow(_ parents: [Int], position: Int) -> [Copy] {
    let (block, offset) = position.quotientAndRemainder(dividingBy: KeyValuePage.length)
    let before = tables
    for (beam, parent) in parents.enumerated() { tables[beam][..<block] = before[parent][..<block] }
    guard offset > 0, before[0].indices ~= block else { return [] }

    // The one that goes on in each beam's last page: the same, where it does.
    var heirs: [Int: Int] = [:]
    for (beam, parent) in parents.enumerated() where heirs[parent] == nil || beam == parent { heirs[parent] = beam }
    var free = before.indices.filter { heirs[$0] == nil }.map { before[$0][block] }
    var copies: [Int32: [Int32]] = [:]
    for beam in tables.indices {
      let parent = beam < parents.count ? parents[beam] : nil
      if let parent, heirs[parent] == beam {
        tables[beam][block] = before[parent][block]
      } else if let page = free.popLast() {
        tables[beam][block] = page
        if let parent { copies[before[parent][block], default: []].append(page) }
      }
    }
    return copies.map { Copy(from: $0, to: $1) }.sorted { $0.from < $1.from }
  }
}
