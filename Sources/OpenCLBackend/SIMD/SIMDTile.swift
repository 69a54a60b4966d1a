internal import Checkpoint
internal import OpenCL

/// The rows that a work-item of simd/linear.cl computes at a time. No sum depends on it, so it may follow the device
/// and the rows.
struct SIMDTile: Hashable {
  /// Rows.
  let height: Int
  /// The most tiles that a work-item widens weights for once.
  let shared: Int
  /// Vectors of 16 columns that registers hold the sums of at a time, of the 2 of a panel.
  let held: Int

  /// The tallest, which computes unused rows at the end: activations have room for them.
  static let tallest = DeviceActivations.spareRows
  /// Heights there are kernels for: few, because each is compiled.
  ///
  /// The tallest fill 32 vector registers of 16 numbers: two accumulators a row, and for int8 as many again.
  private static let heights = [1, 2, 3, 4, 5, 6, 8, 10, tallest]
  private static let heightsOfQuads = 1...6
  private static let sharedHeights = 8...
  /// With 16 registers of 8, a row has four accumulators a panel: the tallest fill them by half a panel at a time.
  private static let narrowHeights = 1...6
  private static let narrowSharedHeights = 6...6
  /// The tallest whose sums of a whole panel narrow registers hold.
  private static let wholePanel = 2
  /// Smaller tiles of many rows load the weights too often to be worth a trial.
  private static let leastChosen = 4
  /// Sums of as many tiles stay in the L1 cache beside a chunk of widened weights.
  private static let mostShared = 8
  /// Work-items that keep a compute unit busy to the end.
  private static let itemsPerUnit = 4

  /// The tile for products of so many rows, as it was chosen, or else as the sizes suggest.
  init(rows: Int, layout: PackedLayout, _ registers: VectorRegisters, choice: TuningChoice? = nil) {
    let tiles = Self.tiles(rows: rows, layout, registers)
    func cost(_ tile: SIMDTile) -> Int { tile.cost(rows: rows, layout) }
    let best = tiles.min { (cost($0), -$0.height) < (cost($1), -$1.height) } ?? SIMDTile(1, 1, layout, registers)
    let chosen = rows > Self.tallest ? choice?[.height] : nil
    self.init(chosen ?? best.height, best.shared, layout, registers)
  }

  private init(_ height: Int, _ shared: Int, _ layout: PackedLayout, _ registers: VectorRegisters) {
    self.height = height
    self.shared = shared
    held = registers == .wide || height <= Self.wholePanel || layout.operandType == .quads ? 2 : 1
  }

  /// All tiles there are kernels for.
  static func all(_ layout: PackedLayout, _ registers: VectorRegisters) -> [SIMDTile] {
    let few = tiles(rows: 1, layout, registers)
    return few + tiles(rows: tallest + 1, layout, registers).filter { !few.contains($0) }
  }

  /// The tiles there are kernels for of so many rows.
  private static func tiles(rows: Int, _ layout: PackedLayout, _ registers: VectorRegisters) -> [SIMDTile] {
    let shared = layout.operandType == .fp32 && rows > tallest ? mostShared : 1
    return heights(rows: rows, layout, registers).map { SIMDTile($0, shared, layout, registers) }
  }

  /// The time of so many rows by one panel, in halves of a row's. Each tile loads the weights anew, which costs as much
  /// as half a row, or a whole one where each widens them.
  func cost(rows: Int, _ layout: PackedLayout) -> Int {
    (rows + height - 1) / height * (2 * height + (layout.operandType == .fp32 && shared == 1 ? 2 : 1))
  }

  /// The heights there are kernels for.
  private static func heights(rows: Int, _ layout: PackedLayout, _ registers: VectorRegisters) -> [Int] {
    let shares = layout.operandType == .fp32 && rows > tallest
    return heights.filter {
      if registers == .narrow { return (shares ? narrowSharedHeights : narrowHeights).contains($0) }
      return shares ? sharedHeights.contains($0) : layout.operandType != .quads || heightsOfQuads.contains($0)
    }
  }

  /// What there is to choose for products of so many rows; nil where few rows are one tile, which nothing beats.
  static func space(rows: Int, _ layout: PackedLayout, _ registers: VectorRegisters) -> TuningSpace? {
    guard rows > tallest else { return nil }
    let usual = SIMDTile(rows: rows, layout: layout, registers).height
    let all = registers == .narrow ? Array(narrowHeights) : heights(rows: rows, layout, registers)
    let heights = all.filter { $0 == usual || $0 >= leastChosen }
    return TuningSpace(usual: TuningChoice([.height: usual]), [.height: heights])
  }

  /// How many tiles `rows` rows are.
  func count(_ rows: Int) -> Int { (rows + height - 1) / height }

  /// How tiles are divided among work-items: a panel each, or, where there are few panels for so many compute units,
  /// fewer tiles.
  func groups(rows: Int, panels: Int, computeUnits: Int) -> Int {
    let tiles = count(rows)
    guard shared > 1 else { return tiles }
    return max((tiles + shared - 1) / shared, min(tiles, (Self.itemsPerUnit * computeUnits + panels - 1) / panels))
  }

  /// The global size of a launch: single tiles stream by a panel, panels by groups of tiles.
  func range(rows: Int, panels: Int, computeUnits: Int) -> NDRange {
    let groups = groups(rows: rows, panels: panels, computeUnits: computeUnits)
    return shared > 1 ? NDRange(panels, groups) : NDRange(groups, panels)
  }

  /// How many weights ahead of those multiplied are fetched into the L2 and the L1 cache.
  ///
  /// Where a line is multiplied for more than 8 cycles, or by several tiles, no processor's own fetching keeps up; by
  /// several rows of quads Zen 3's does not.
  ///
  /// - Parameter pays: Whether fetching pays on this processor where lines are multiplied for less.
  func fetchDistances(rows: Int, layout: PackedLayout, pays: Bool) -> (far: Int32, near: Int32) {
    let cycles = 2 * height * 64 / (PackedLayout.panelWidth * layout.weightByteCount)
    let isNeeded = pays || rows > height || (layout.operandType == .quads ? rows > 1 : cycles > 8)
    func weights(_ byteCount: Int) -> Int32 { Int32(byteCount / layout.weightByteCount) }
    return (isNeeded ? weights(layout.operandType == .quads ? 8 << 10 : 16 << 10) : 0, pays ? weights(1 << 10) : 0)
  }
}
