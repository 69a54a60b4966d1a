/// Which pages of the key-value cache are free, and how many sequences share the others.
struct PagePool {
  /// How many pages there are.
  let count: Int
  /// Pages that were released, allocated last in, first out: those are in the processor's caches, and on CPU-type devices
  /// pages that were never used cost no memory.
  private var returned: [Int32] = []
  /// Pages from here on were never allocated.
  private var untouched = 0
  /// (pages) owners.
  private var owners: [Int32] = []

  init(count: Int) { self.count = count }

  /// How many pages are free.
  var freeCount: Int { returned.count + count - untouched }

  /// Allocates pages, of which so many must be free.
  mutating func allocate(_ number: Int) -> [Int32] {
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
  mutating func retain(_ pages: some Sequence<Int32>) {
    for page in pages { owners[Int(page)] += 1 }
  }

  /// Counts an owner less; pages without another are free.
  mutating func release(_ pages: some Sequence<Int32>) {
    for page in pages {
      owners[Int(page)] -= 1
      if owners[Int(page)] == 0 { returned.append(page) }
    }
  }
}
