/// A set of items: 16 bytes for each.
struct ItemMarks: Sendable {
  /// Whether an item is known by its place, too: the same id may come twice, too far apart to be found.
  let hasPlaces: Bool
  private var marks: Set<ItemMark> = []

  init(hasPlaces: Bool) { self.hasPlaces = hasPlaces }

  var count: Int { marks.count }

  /// Adds an item; one without an id, or with that of another, where it has none.
  mutating func insert(_ id: ItemID?, at index: Int) { marks.insert(mark(of: id, at: index)) }

  /// Whether an item is among them.
  func contain(_ id: ItemID?, at index: Int) -> Bool { marks.contains(mark(of: id, at: index)) }

  private func mark(of id: ItemID?, at index: Int) -> ItemMark {
    guard let id else { return ItemMark(index: index) }
    return hasPlaces ? id.mark(at: index) : id.mark
  }
}
