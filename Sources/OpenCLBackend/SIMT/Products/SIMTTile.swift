internal import Backend
package import OpenCL

/// What a work-group of simt/linear_few.cl or simt/linear_tiles.cl computes, and how many share a sum. No number depends
/// on it, so it may follow the device and the rows.
package struct SIMTTile: Hashable {
  /// Rows: 1, 2, 4 or 8 where there are few, else 16, 32 or 64.
  package var height: Int
  /// Columns, where there are few rows: 32, 16 or 8.
  package var width = PackedLayout.panelWidth
  /// Slices of K that a work-group adds up at a time, where there are few rows.
  package var slices = 1
  /// Work-groups that share K, where there are few rows: at most as many as there are slices.
  package var split = 1
  /// Steps that a work-item has under way, where there are few rows: 4 or 8, of 16 bytes each, in int4 of 8.
  package var flight = 8
  /// The most registers of a work-item, for compilers that can be told; 0 leaves it to them.
  package var registers = 0

  /// The rows that the kernel for few takes.
  package static let fewRows = 1...8
  /// The values of ``height``.
  package static let (fewHeights, manyHeights) = ([1, 2, 4, 8], [16, 32, 64])

  /// Panels of a tile of many rows.
  private static let tilePanels = 2
  /// Work-groups of few rows that keep a compute unit busy.
  private static let groupsPerUnit = 2
  /// The most work-items of a work-group of few rows by itself: more wait longer for one another.
  private static let mostItems = 256
  /// Counts of slices at a time, the best first.
  private static let sliceCounts = [4, 5, 3, 6, 2, 8, 7, 1]

  /// A tile of so many rows, and all else by its default.
  package init(height: Int) { self.height = height }

  /// The tile for products of so many rows and panels.
  init(rows: Int, panels: Int, sum: SIMTSum, layout: PackedLayout, limits: SIMTLimits) {
    guard rows <= Self.fewRows.upperBound else {
      /// Rounds of work-groups, times what one takes: staging the weights costs as much as some rows.
      func cost(_ height: Int) -> Int {
        let groups = (rows + height - 1) / height * Self.groupsAcross(panels)
        return (groups + limits.computeUnits - 1) / limits.computeUnits * (height + 16)
      }
      let heights = Self.manyHeights.filter { $0 <= limits.tallestTile }
      height = heights.min { (cost($0), -$0) < (cost($1), -$1) } ?? Self.manyHeights[0]
      return
    }
    let heights = Self.fewHeights.filter { $0 * layout.vectorWidth <= limits.mostSums }
    height = heights.first { $0 >= rows } ?? heights.last ?? 1
    // Where ptxas 12.9 and Intel's compiler spill nothing, and loads are under way: two steps of int4 are one load.
    let isFull = height * layout.vectorWidth == limits.mostSums
    (flight, registers) = (isFull || (height > 4 && layout.precision != .int4) ? 4 : 8, 168)

    // So many slices at a time that few teams go idle in the last pass; fewer where units would.
    func fits(_ count: Int) -> Bool {
      var tile = self
      tile.slices = count
      return tile.groupSize(layout) <= min(Self.mostItems, limits.groupSize)
        && tile.localMemory(layout, sum) <= limits.localMemory
    }
    let counts = Self.sliceCounts.filter { $0 <= sum.slices && fits($0) }
    let even = counts.first { (roundUp(sum.slices, to: $0) - sum.slices) * 10 <= sum.slices } ?? 1
    let groups = roundUp(panels * PackedLayout.panelWidth, to: width) / width * ((rows + height - 1) / height)
    func passes(_ count: Int) -> Int { (sum.slices + count - 1) / count }
    slices = counts.filter { $0 <= even && groups * passes($0) >= limits.computeUnits }.max() ?? 1
    let wanted = (Self.groupsPerUnit * limits.computeUnits + groups - 1) / groups
    let each = (passes(slices) + wanted - 1) / wanted
    split = (passes(slices) + each - 1) / each
  }

  /// Whether the kernel is the one for few rows.
  var hasFewRows: Bool { height <= Self.fewRows.upperBound }

  /// Work-items of a work-group.
  func groupSize(_ layout: PackedLayout) -> Int {
    hasFewRows ? slices * SIMTSum(layout, k: 1).sliceParts * width / layout.vectorWidth : 128
  }

  /// Bytes of local memory for the operands of a work-group of few rows.
  func operandMemory(_ layout: PackedLayout, _ sum: SIMTSum) -> Int {
    let parts = slices * sum.sliceParts
    let spans = layout.precision == .int4 ? PackedLayout.group / PackedLayout.span : 0
    let heads = layout.hasIntegers ? slices * height * 4 * (2 + spans) : 0
    return (parts * sum.partSteps / 4 * height + parts) * 16 + heads
  }

  /// Bytes of local memory that a work-group of few rows takes in all.
  func localMemory(_ layout: PackedLayout, _ sum: SIMTSum) -> Int {
    let rows = min(height, 2)  // handed over at a time
    let sums = slices * (sum.sliceParts + 1) * rows * width
    let exchange = max(sums, height * 128, 2 * groupSize(layout))  // moments of rows; rounding
    return operandMemory(layout, sum) + 4 * (exchange + height * width + 2 * height) + 32
  }

  /// Work-groups side by side.
  func groupsAcross(_ panels: Int) -> Int {
    hasFewRows ? panels * PackedLayout.panelWidth / width : Self.groupsAcross(panels)
  }

  private static func groupsAcross(_ panels: Int) -> Int { (panels + tilePanels - 1) / tilePanels }
}

/// What a device allows a work-group of products.
package struct SIMTLimits: Hashable {
  package var computeUnits: Int
  /// Work-items.
  package var groupSize = 256
  /// Bytes of local memory.
  package var localMemory = 48 << 10
  /// Rows of a tile of many.
  package var tallestTile = 64
  /// Sums of a work-item, where there are few rows.
  package var mostSums = 64

  package init(computeUnits: Int) { self.computeUnits = computeUnits }

  package init(_ device: Device) {
    computeUnits = device.computeUnits
    groupSize = device.maxWorkGroupSize
    // What NVIDIA's drivers offer: two such work-groups still share a compute unit of most devices that have more.
    localMemory = min(device.localMemory, 48 << 10)
    // A thread of Intel's GPUs has 128 registers of 32 bytes for eight work-items or more: taller tiles spill.
    if device.type.contains(.gpu), device.vendor.contains("Intel") { (tallestTile, mostSums) = (32, 32) }
  }
}
