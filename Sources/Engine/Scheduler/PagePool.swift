/// Which pages of the key-value cache are free, and how many sequences share the others.
struct PagePool {
  /// How many pages there are.
  let count: Int
  /// Pages that were given back, taken last in, first out: those are in the processor's caches, and on CPU-type devices
  /// pages that were never taken cost no memory.
  private var returned: [Int32] = []
  /// Pages from here on were never taken.
  private var untouched = 0
  /// (pages) owners.
  private var owners: [Int32] = []

  init(count: Int) { self.count = count }

  /// How many pages can be taken.
  var freeCount: Int { returned.count + count - untouched }

  /// Takes pages, of which there must be so many.
  mutating func take(_ number: Int) -> [Int32] {
    (0..<number).map { _ in
      if let page = returned.popLast() {
        owners[Int(page)] = 1
        return page
      }
      owners.append(1)
      untouched += 1
      return Int32(untouched - 1)
    }
  }

  /// Counts another owner of pages.
  mutating func share(_ pages: some Sequence<Int32>) {
    for page in pages { owners[Int(page)] += 1 }
  }

  /// Gives pages back; those without another owner are free.
  mutating func giveBack(_ pages: some Sequence<Int32>) {
    for page in pages {
      owners[Int(page)] -= 1
      if owners[Int(page)] == 0 { returned.append(page) }
    }
  }
}
