internal import Backend

/// What a work-group of simt/linear_mma.cl or simt/linear_mma_tiles.cl computes. No sum depends on it.
package struct SIMTTensorTile: Hashable {
  /// Rows: TM.
  let height: Int
  /// Columns: WIDTH, or those of four panels.
  let width: Int
  /// Warps that share K: WARPS; 1 where each has a part of the tile.
  let warps: Int
  /// STAGES of weights that each has under way.
  let stages: Int

  /// The rows for which the work-groups of the kernel that shares K among warps read the weights anew, a tile each, rather
  /// than leave compute units idle.
  package static let fewRows = 1...64
  /// Sums that wait for their addition in a work-group: ROOM.
  private static let room = 2048
  /// Bytes of weights that a work-group of few rows has under way.
  private static let underWay = 32 << 10
  private static let tileWidth = 4 * PackedLayout.panelWidth

  /// The tile for products of so many rows and panels; `sharesK` where the rows are fp32 that few take.
  init(rows: Int, panels: Int, k: Int, computeUnits: Int, precision: Precision, sharesK: Bool) {
    guard sharesK else {
      let groups = (rows + 63) / 64 * Self.groupsAcross(panels, width: Self.tileWidth)
      (height, width, warps, stages) = (groups < computeUnits ? 32 : 64, Self.tileWidth, 1, 3)
      return
    }
    // Where lanes round groups of 128 themselves, their registers do for fewer rows and warps.
    let isLight = precision != .int8
    height = rows > 8 && isLight ? 16 : 8
    width = panels >= 2 * computeUnits ? 32 : 16
    // More warps take fewer turns of a long sum.
    warps = k > 1024 && height == 8 && width == 16 && isLight ? 16 : Self.room / (16 * width)
    stages = Self.underWay / (64 * width * warps)
  }

  /// Whether warps share K.
  var sharesK: Bool { warps > 1 }

  /// Work-items of a work-group.
  var groupSize: Int { sharesK ? 32 * warps : 4 * height }

  /// Work-groups side by side.
  func groupsAcross(_ panels: Int) -> Int { Self.groupsAcross(panels, width: width) }

  private static func groupsAcross(_ panels: Int, width: Int) -> Int {
    (panels * PackedLayout.panelWidth + width - 1) / width
  }

  /// What the kernel is told.
  var definitions: [(name: String, value: String)] {
    [("TM", "\(height)"), ("STAGES", "\(stages)")]
      + (sharesK ? [("WIDTH", "\(width)"), ("WARPS", "\(warps)")] : [])
  }
}
