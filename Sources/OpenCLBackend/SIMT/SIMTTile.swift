internal import Backend

/// What a work-group of simt/linear_few.cl or simt/linear_tiles.cl computes. No sum depends on it, so it may follow
/// the device and the rows.
package struct SIMTTile: Hashable {
  /// Rows.
  let height: Int
  /// Columns, where there are few rows: of a panel.
  let width: Int

  /// The rows that the kernel for few takes.
  package static let fewRows = 1...8
  private static let fewHeights = [1, 2, 4, 8]
  private static let manyHeights = [16, 32, 64]
  /// Panels of a tile of many rows.
  private static let tilePanels = 2
  /// Work-groups of few rows that keep a compute unit busy.
  private static let groupsPerUnit = 4

  /// The tile for products of so many rows and panels.
  init(rows: Int, panels: Int, computeUnits: Int) {
    if rows <= Self.fewRows.upperBound {
      height = Self.fewHeights.first { $0 >= rows } ?? Self.fewRows.upperBound
      // Narrower groups read the activations more often, and there are more of them.
      width = [32, 16].first { panels * PackedLayout.panelWidth / $0 >= Self.groupsPerUnit * computeUnits } ?? 8
    } else {
      /// Rounds of work-groups, times what one takes: staging the weights costs as much as some rows.
      func cost(_ height: Int) -> Int {
        let groups = (rows + height - 1) / height * Self.groupsAcross(panels)
        return (groups + computeUnits - 1) / computeUnits * (height + 16)
      }
      height = Self.manyHeights.min { (cost($0), -$0) < (cost($1), -$1) } ?? Self.fewRows.upperBound
      width = PackedLayout.panelWidth
    }
  }

  /// Whether the kernel is the one for few rows.
  var hasFewRows: Bool { height <= Self.fewRows.upperBound }

  /// Work-items of a work-group.
  var groupSize: Int { hasFewRows ? 8 * width : 128 }

  /// Bytes of local memory that a work-group of few rows needs beside moments of rows.
  ///
  /// - Parameter staged: How many rows of K it quantizes there.
  func localMemory(_ layout: PackedLayout, staged: Int, k: Int) -> Int {
    let sums = 32 * width * min(height * layout.vectorWidth, 16)
    let rows = roundUp(staged * layout.stagedStride(k) * MemoryLayout<UInt32>.size, to: 16)
    // int8 reads scales while it sums; else the sums take the rows' place.
    return layout.precision == .int8 ? rows + sums : max(rows, sums)
  }

  /// Work-groups side by side.
  func groupsAcross(_ panels: Int) -> Int {
    hasFewRows ? panels * PackedLayout.panelWidth / width : Self.groupsAcross(panels)
  }

  private static func groupsAcross(_ panels: Int) -> Int { (panels + tilePanels - 1) / tilePanels }
}
