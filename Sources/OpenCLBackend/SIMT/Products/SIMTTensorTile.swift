internal import Backend

/// What a work-group of simt/linear_mma.cl or simt/linear_mma_tiles.cl computes. No sum depends on it.
package struct SIMTTensorTile: Hashable {
  /// Rows: TM.
  let height: Int
  /// Columns: WIDTH, or those of four panels.
  let width: Int
  /// Work-items.
  let groupSize: Int
  /// STAGES of weights that are under way.
  let stages: Int
  /// Work-groups that share K.
  let split: Int
  /// Whether warps share K, so that few rows keep them busy; else each has a part of the tile.
  let sharesK: Bool

  /// The rows for which warps share K: for more than one tile, groups of each read the weights anew.
  package static let fewRows = 1...64
  /// Sums that wait for their addition in a work-group: ROOM.
  private static let room = 2048
  /// Parts of a work-group that are worth the exchange of sums.
  private static let leastParts = 12
  /// Bytes of weights that a work-group of few rows has under way, at the most.
  private static let underWay = 32 << 10
  /// Bytes of local memory that are left for these, and for what normalizes a part or two.
  private static let localMemory = 38 << 10
  private static let tileWidth = 4 * PackedLayout.panelWidth

  /// The tile for few rows.
  init(fewRows rows: Int, panels: Int, k: Int, computeUnits: Int, precision: Precision) {
    // Where lanes round groups of 128 themselves, their registers do for fewer rows.
    let isLight = precision != .int8
    height = rows > 8 && isLight ? 16 : 8
    // Where narrow groups would be more than the units, wide ones: what is made of a row serves twice the columns.
    width = 2 * panels > computeUnits ? 32 : 16
    // Warps take turns of equal numbers of parts: the fewer, the sooner a group is done. More than 12 warps leave a
    // compute unit room for one work-group alone.
    let most = width == 32 ? 4 : min(Self.room / (height * width), isLight ? 15 : 12)
    let partSize = Self.partSize(precision)
    let allParts = (k + partSize - 1) / partSize
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
    sharesK = true
  }

  /// The tile for many rows: the tallest that leaves no compute unit idle, as it reads the weights least often.
  init(manyRows rows: Int, panels: Int, computeUnits: Int) {
    let across = Self.groupsAcross(panels, width: Self.tileWidth)
    height = [128, 64].first { (rows + $0 - 1) / $0 * across >= computeUnits } ?? 32
    width = Self.tileWidth
    groupSize = 256
    stages = height == 128 ? 2 : 3  // local memory does for no more
    sharesK = false
    split = 1
  }

  /// Parts of a sum, whose own sums are added in their order.
  func parts(_ k: Int, _ precision: Precision) -> Int {
    (k + Self.partSize(precision) - 1) / Self.partSize(precision)
  }

  private static func partSize(_ precision: Precision) -> Int {
    precision == .int8 ? PackedLayout.group : PackedLayout.group / 2
  }

  /// Work-groups side by side.
  func groupsAcross(_ panels: Int) -> Int { Self.groupsAcross(panels, width: width) }

  private static func groupsAcross(_ panels: Int, width: Int) -> Int {
    (panels * PackedLayout.panelWidth + width - 1) / width
  }

  /// What the kernel is told.
  var definitions: [(name: String, value: String)] {
    [("TM", "\(height)"), ("STAGES", "\(stages)")]
      + (sharesK
        ? [("WIDTH", "\(width)"), ("WARPS", "\(groupSize / 32)")] : [("PANELS", height == 128 ? "2" : "1")])
  }
}
