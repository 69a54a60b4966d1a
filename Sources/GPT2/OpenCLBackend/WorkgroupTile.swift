/// What a work-group of linear_workgroup.cl computes. No sum depends on it, so it may follow the device and the rows.
struct WorkgroupTile: Hashable {
  /// Rows.
  let height: Int
  /// Columns, where there are few rows: of a panel.
  let width: Int

  /// The most rows of the kernel for few.
  private static let few = 8
  private static let fewHeights = [1, 2, 4, 8]
  private static let manyHeights = [16, 32, 64]
  /// Panels of a tile of many rows.
  private static let tilePanels = 2
  /// Work-groups of few rows that keep a compute unit busy.
  private static let groupsPerUnit = 4

  init(height: Int, width: Int) {
    self.height = height
    self.width = width
  }

  /// The tile for products of so many rows and panels.
  init(rows: Int, panels: Int, computeUnits: Int) {
    if rows <= Self.few {
      height = Self.fewHeights.first { $0 >= rows } ?? Self.few
      // Narrower groups read the activations more often, and there are more of them.
      width = [32, 16].first { panels * PackedLayout.panelWidth / $0 >= Self.groupsPerUnit * computeUnits } ?? 8
    } else {
      /// Rounds of work-groups, times what one takes: staging the weights costs as much as some rows.
      func cost(_ height: Int) -> Int {
        let groups = (rows + height - 1) / height * Self.groupsAcross(panels)
        return (groups + computeUnits - 1) / computeUnits * (height + 16)
      }
      height = Self.manyHeights.min { (cost($0), -$0) < (cost($1), -$1) } ?? Self.few
      width = PackedLayout.panelWidth
    }
  }

  private var hasFewRows: Bool { height <= Self.few }

  /// Work-items of a work-group.
  var groupSize: Int { hasFewRows ? 8 * width : 128 }

  /// Work-groups side by side.
  func groupsAcross(_ panels: Int) -> Int {
    hasFewRows ? panels * PackedLayout.panelWidth / width : Self.groupsAcross(panels)
  }

  private static func groupsAcross(_ panels: Int) -> Int { (panels + tilePanels - 1) / tilePanels }
}
