internal import Backend

/// How the products of a block of few rows are cut, all alike: no number depends on it.
struct SIMTBlockProduct: Hashable {
  private enum Tile: Hashable {
    case portable(SIMTTile)
    case tensor(SIMTTensorTile)
  }

  private let tile: Tile
  private let layout: PackedLayout
  /// How the sums end: TAIL.
  private let tail: Int
  /// Bytes of local memory for operands, beside what the kernel has itself.
  let operandMemory: Int

  /// The tile of so many rows and all their columns that `items` work-items can take of sums of each of these lengths; nil
  /// where there is none, or too little local memory.
  init?(rows: Int, items: Int, sums: [Int], layout: PackedLayout, unit: DotUnit, limits: SIMTLimits) {
    self.layout = layout
    if unit.usesTensorCores {
      let height = SIMTTensorTile.height(fewRows: rows, layout.precision)
      guard items / 32 <= SIMTTensorTile.mostWarps(height: height, width: 16, layout.precision) else {
        return nil
      }
      tile = .tensor(
        SIMTTensorTile(
          few: height, width: 16, warps: items / 32, split: 1, k: sums.max() ?? 0, precision: layout.precision))
      tail = SIMTTensorLinear.Tail.of(sums.map { .init(k: $0, layout.precision) }).rawValue
      operandMemory = 0
      return
    }
    let heights = SIMTTile.fewHeights.filter { $0 * layout.vectorWidth <= limits.mostSums }
    guard let height = heights.first(where: { $0 >= rows }) else { return nil }
    var tile = SIMTTile(height: height)
    tile.flight = height > 4 && layout.precision != .int4 ? 4 : 8
    let sums = sums.map { SIMTSum(layout, k: $0) }
    tile.slices = max(1, items / (sums[0].sliceParts * tile.width / layout.vectorWidth))
    guard tile.groupSize(layout) == items,
      sums.allSatisfy({ tile.localMemory(layout, $0) <= limits.localMemory })
    else { return nil }
    self.tile = .portable(tile)
    tail = sums.contains(where: \.hasTail) ? 1 : 0
    operandMemory = sums.map { tile.operandMemory(layout, $0) }.max() ?? 0
  }

  /// What the kernel is told. How many sums K is cut in, is an argument of a launch: 0; of integers it is one.
  var definitions: [(name: String, value: String)] {
    let own: [(name: String, value: String)] =
      switch tile {
      case .tensor(let tile):
        tile.definitions.filter { $0.name != "HALVES" } + [("HALVES", layout.hasIntegers ? "1" : "0")]
      case .portable(let tile):
        [
          ("TM", "\(tile.height)"), ("WIDTH", "\(tile.width)"), ("SLICES", "\(tile.slices)"),
          ("FLIGHT", "\(tile.flight)"),
        ]
      }
    return own + [("TAIL", "\(tail)")]
  }

  /// Sums that K is cut in.
  func halves(k: Int) -> Int {
    if case .tensor = tile { SIMTTensorTile.halves(k, layout.precision) } else { 1 }
  }

  /// How one product is shared.
  struct Share {
    /// Work-groups that share K.
    let split: Int
    /// Tiles of columns.
    let tiles: Int
    /// Sums that work-groups hand over.
    let handedSums: Int
  }

  /// How a product with a matrix (K, N) is shared among `team` work-groups.
  func share(k: Int, n: Int, team: Int) -> Share {
    let panels = PackedLayout.panels(n)
    func share(tiles: Int, most: Int, sums: Int) -> Share {
      let split = min(max(1, team / tiles), most)
      return Share(split: split, tiles: tiles, handedSums: split > 1 ? tiles * sums : 0)
    }
    switch tile {
    case .tensor(let tile):
      let (parts, warps) = (SIMTTensorTile.parts(k, layout.precision), tile.groupSize / 32)
      return share(
        tiles: tile.groupsAcross(panels), most: max(1, parts / warps), sums: tile.sharedSums(k, layout.precision))
    case .portable(let tile):
      let slices = SIMTSum(layout, k: k).slices
      return share(
        tiles: tile.groupsAcross(panels), most: (slices + tile.slices - 1) / tile.slices,
        sums: slices * tile.height * tile.width)
    }
  }
}
