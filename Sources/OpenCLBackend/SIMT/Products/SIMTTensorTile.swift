internal import Backend

/// What a work-group of simt/linear_mma.cl or simt/linear_mma_tiles.cl computes. No sum depends on it but by `halves`,
/// which K alone decides.
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
  /// Bytes of weights that a work-group of few rows has under way, at the most.
  private static let underWay = 32 << 10
  /// Bytes of local memory that are left for these, and for what normalizes a part or two.
  private static let localMemory = 38 << 10

  /// The tile for few rows: as many stages as there is room for.
  init(few height: Int, width: Int, warps: Int, split: Int, k: Int, precision: Precision) {
    (self.height, self.width, self.split) = (height, width, split)
    let (weights, norm) = Self.stageMemory(width: width, warps: warps, precision)
    stages =
      [4, 3].first {
        weights * $0 <= Self.underWay && weights * $0 + norm * (($0 + 1) / 2) <= Self.localMemory
      } ?? 2
    groupSize = 32 * warps
    panels = 1
    sharesK = true
    halves = Self.halves(k, precision)
  }

  /// The tile for many rows.
  init(many height: Int, width: Int, k: Int, precision: Precision) {
    (self.height, self.width) = (height, width)
    halves = Self.halves(k, precision)
    split = halves
    panels = height > 32 ? 2 : 1  // for low tiles, more warps
    stages = 1024 / width
    groupSize = 4 * height / panels
    sharesK = false
  }

  /// Bytes of a stage of weights, and of what normalizes two, for so many warps of few rows.
  private static func stageMemory(width: Int, warps: Int, _ precision: Precision) -> (weights: Int, norm: Int) {
    (64 * width * warps, 8 * partSize(precision) * warps)
  }

  /// The most warps for few rows: in local memory and, where lanes round groups of 128 themselves, by their registers.
  static func mostWarps(height: Int, width: Int, _ precision: Precision) -> Int {
    let bySums = min(room / (height * width), precision == .int8 ? 8 : 15)
    return (1...bySums).last {
      let (weights, norm) = stageMemory(width: width, warps: $0, precision)
      return weights * 2 + norm <= localMemory
    } ?? 1
  }

  /// Rows of a tile for few: two for each of a lane where its registers do.
  static func height(fewRows rows: Int, _ precision: Precision) -> Int { rows > 8 && precision != .int8 ? 16 : 8 }

  /// Parts of a sum, whose own sums are added in their order.
  static func parts(_ k: Int, _ precision: Precision) -> Int {
    (k + partSize(precision) - 1) / partSize(precision)
  }

  /// Sums that K is cut in, each of which is added in its order; groups of integers are one. It depends on K alone.
  static func halves(_ k: Int, _ precision: Precision) -> Int {
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

  static func groupsAcross(_ panels: Int, width: Int) -> Int {
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
