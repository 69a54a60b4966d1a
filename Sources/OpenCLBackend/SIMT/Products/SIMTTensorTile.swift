internal import Backend

/// What a work-group of simt/linear_mma.cl or simt/linear_mma_tiles.cl computes. No sum depends on it.
package struct SIMTTensorTile: Hashable {
  /// Rows: TM.
  let height: Int
  /// Columns: WIDTH, or for many rows TN.
  let width: Int
  /// Work-items.
  let groupSize: Int
  /// STAGES of weights, of which one is multiplied and the others are under way.
  let stages: Int
  /// PANELS of a warp, where each has a part of the tile.
  let panels: Int
  /// Work-groups that share K: of many rows one for each of its ``halves``.
  let split: Int
  /// Sums that K is cut in: HALVES.
  let halves: Int
  /// Whether warps share K, so that few rows keep them busy; else each has a part of the tile.
  let sharesK: Bool

  /// The rows for which warps share K: for more than one tile, groups of each read the weights anew.
  package static let fewRows = 1...64
  /// Sums that wait for their addition in a work-group: ROOM.
  private static let room = 2048
  /// Parts of a sum from which on it is two, HALVES: those of GPT-2's products with few columns.
  private static let halvedParts = 48
  /// Parts of a work-group that are worth the exchange of sums.
  private static let leastParts = 12
  /// Bytes of weights that a work-group of few rows has under way, at the most.
  private static let underWay = 32 << 10
  /// Bytes of local memory that are left for these, and for what normalizes a part or two.
  private static let localMemory = 38 << 10

  /// The tile for few rows.
  init(fewRows rows: Int, panels: Int, k: Int, computeUnits: Int, precision: Precision) {
    // Where lanes round groups of 128 themselves, their registers do for fewer rows.
    let isLight = precision != .int8
    height = rows > 8 && isLight ? 16 : 8
    // Where narrow groups would be more than one a unit, wide ones: what is made of a row serves twice the columns.
    let narrow = Self.groupsAcross(panels, width: 16)
    width = narrow > 2 * computeUnits || (narrow > computeUnits && (isLight || rows > 8)) ? 32 : 16
    // Warps take turns of equal numbers of parts: the fewer, the sooner a group is done. More than 12 warps leave a
    // compute unit room for one work-group alone; more than 8 that round have no room for their registers.
    let alone = min(Self.room / (height * width), isLight ? 15 : 8)
    let most = width == 32 ? min(alone, isLight ? 6 : 4) : narrow > computeUnits ? 6 : alone
    let partSize = Self.partSize(precision)
    let allParts = Self.parts(k, precision)
    // Long sums of few columns leave units idle: work-groups share them, where each has enough to wait for.
    let groups = (rows + height - 1) / height * Self.groupsAcross(panels, width: width)
    split = max(1, min(computeUnits / groups, allParts / Self.leastParts))
    let parts = (allParts + split - 1) / split
    let turns = (parts + most - 1) / most
    let warps = (parts + turns - 1) / turns
    let (weights, norm) = (64 * width * warps, 8 * partSize * warps)
    stages =
      [4, 3].first {
        weights * $0 <= Self.underWay && weights * $0 + norm * (($0 + 1) / 2) <= Self.localMemory
      } ?? 2
    groupSize = 32 * warps
    self.panels = 1
    sharesK = true
    halves = Self.halves(k, precision)
  }

  /// A size of tiles for many rows: the time that a compute unit takes for one alone, and for each of many, and that the
  /// second-level cache takes for each.
  private struct ManyRows {
    let height, width, alone, each, cached: Int

    static let least = ManyRows(height: 32, width: 64, alone: 470, each: 310, cached: 4)
    /// As an H100 is predicted to take for 768 k, in hundredths of a microsecond.
    static let all = [
      ManyRows(height: 128, width: 128, alone: 1380, each: 1380, cached: 12),
      ManyRows(height: 64, width: 128, alone: 880, each: 680, cached: 8),
      ManyRows(height: 32, width: 128, alone: 610, each: 460, cached: 6),
      least,
    ]

    /// The time where each of `split` work-groups takes its share of K.
    func time(rows: Int, panels: Int, split: Int, computeUnits: Int) -> Int {
      let groups = (rows + height - 1) / height * SIMTTensorTile.groupsAcross(panels, width: width) * split
      return max(alone, each * ((groups + computeUnits - 1) / computeUnits), cached * groups) / split
    }
  }

  /// The tile for many rows, with which the compute unit that has most to do is done first.
  init(manyRows rows: Int, panels: Int, k: Int, computeUnits: Int, precision: Precision) {
    let halves = Self.halves(k, precision)
    (self.halves, split) = (halves, halves)
    let times = ManyRows.all.map {
      $0.time(rows: rows, panels: panels, split: halves, computeUnits: computeUnits)
    }
    let size = zip(ManyRows.all, times).min { $0.1 < $1.1 }?.0 ?? .least
    (height, width) = (size.height, size.width)
    self.panels = height > 32 ? 2 : 1  // for low tiles, more warps
    stages = 1024 / width
    groupSize = 4 * height / self.panels
    sharesK = false
  }

  /// Parts of a sum, whose own sums are added in their order.
  private static func parts(_ k: Int, _ precision: Precision) -> Int {
    (k + partSize(precision) - 1) / partSize(precision)
  }

  /// Sums that K is cut in, each of which is added in its order; groups of integers are one. It depends on K alone.
  private static func halves(_ k: Int, _ precision: Precision) -> Int {
    precision != .int8 && parts(k, precision) >= halvedParts ? 2 : 1
  }

  /// Sums of a tile that its work-groups hand over, where they share K: those of parts, or of halves.
  func sharedSums(_ k: Int, _ precision: Precision) -> Int {
    (sharesK ? Self.parts(k, precision) : split) * height * width
  }

  /// PART_K.
  static func partSize(_ precision: Precision) -> Int {
    precision == .int8 ? PackedLayout.group : PackedLayout.group / 2
  }

  /// Work-groups side by side.
  func groupsAcross(_ panels: Int) -> Int { Self.groupsAcross(panels, width: width) }

  fileprivate static func groupsAcross(_ panels: Int, width: Int) -> Int {
    (panels * PackedLayout.panelWidth + width - 1) / width
  }

  /// What the kernel is told.
  var definitions: [(name: String, value: String)] {
    [("TM", "\(height)"), ("STAGES", "\(stages)"), ("HALVES", "\(halves)")]
      + (sharesK
        ? [("WIDTH", "\(width)"), ("WARPS", "\(groupSize / 32)")]
        : [("TN", "\(width)"), ("PANELS", "\(panels)")])
  }
}
