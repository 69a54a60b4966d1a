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
  /// Whether warps share K, so that few rows keep them busy; else each has a part of the tile.
  let sharesK: Bool

  /// The rows for which warps share K: for more than one tile, groups of each read the weights anew.
  package static let fewRows = 1...64
  /// Sums that wait for their addition in a work-group: ROOM.
  private static let room = 2048
  /// Bytes of weights that a work-group of few rows has under way.
  private static let underWay = 32 << 10
  private static let tileWidth = 4 * PackedLayout.panelWidth

  /// The tile for few rows.
  init(fewRows rows: Int, panels: Int, k: Int, computeUnits: Int, precision: Precision) {
    // Where lanes round groups of 128 themselves, their registers do for fewer rows and warps.
    let isLight = precision != .int8
    height = rows > 8 && isLight ? 16 : 8
    width = panels >= computeUnits ? 32 : 16
    // More warps take fewer turns of a long sum, but a compute unit then has room for one work-group alone.
    let isLong = k > 1024 && height == 8 && width == 16 && isLight
    let warps = isLong && 2 * panels <= computeUnits ? 16 : Self.room / (16 * width)
    groupSize = 32 * warps
    stages = Self.underWay / (64 * width * warps)
    sharesK = true
  }

  /// The tile for many rows: the tallest that leaves no compute unit idle, as it reads the weights least often.
  init(manyRows rows: Int, panels: Int, computeUnits: Int) {
    let across = Self.groupsAcross(panels, width: Self.tileWidth)
    height = [128, 64].first { (rows + $0 - 1) / $0 * across >= computeUnits } ?? 32
    width = Self.tileWidth
    groupSize = height == 128 ? 256 : 4 * height
    stages = height == 128 ? 2 : 3  // local memory does for no more
    sharesK = false
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
        ? [("WIDTH", "\(width)"), ("WARPS", "\(groupSize / 32)")] : [("PANELS", "\(4 * height / groupSize)")])
  }
}
