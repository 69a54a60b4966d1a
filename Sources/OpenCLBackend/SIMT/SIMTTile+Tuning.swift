internal import OpenCL

extension SIMTTile {
  /// The tile for products of so many rows and panels: tuned, or else by default.
  init(
    rows: Int, panels: Int, sum: SIMTSum, layout: PackedLayout, limits: SIMTLimits, choice: TuningChoice?
  ) {
    self.init(rows: rows, panels: panels, sum: sum, layout: layout, limits: limits)
    if let choice { self = tuned(choice) }
  }

  private func tuned(_ choice: TuningChoice) -> SIMTTile {
    var tile = SIMTTile(height: choice[.height] ?? height)
    tile.width = choice[.width] ?? width
    tile.slices = choice[.slices] ?? slices
    tile.split = choice[.split] ?? split
    tile.flight = choice[.flight] ?? flight
    tile.registers = choice[.registers] ?? registers
    return tile
  }

  /// The tiles that a device takes for products of so many rows, K and panels.
  static func space(rows: Int, k: Int, panels: Int, _ target: TuningTarget) -> TuningSpace {
    let (layout, limits) = (target.layout, SIMTLimits(target.device))
    let sum = SIMTSum(layout, k: k)
    let tile = SIMTTile(rows: rows, panels: panels, sum: sum, layout: layout, limits: limits)
    guard tile.hasFewRows else {
      return TuningSpace(
        usual: TuningChoice([.height: tile.height]), [.height: manyHeights.filter { $0 <= limits.tallestTile }])
    }
    var usual: [TuningParameter: Int] = [
      .height: tile.height, .width: tile.width, .slices: tile.slices, .split: tile.split, .flight: tile.flight,
    ]
    var values: [TuningParameter: [Int]] = [
      .height: fewHeights.filter { $0 == tile.height || 2 * $0 == tile.height }, .width: [32, 16, 8],
      .slices: Array(1...max(1, min(8, sum.slices))), .split: Array(1...max(1, min(mostSplit, sum.slices))),
      .flight: [8, 4],
    ]
    if target.device.compilerLimitsRegisters {
      usual[.registers] = tile.registers
      values[.registers] = [0, 96, 128, 168]
    }
    return TuningSpace(usual: TuningChoice(usual), values) { choice in
      let tile = tile.tuned(choice)
      let items = tile.groupSize(layout)
      return items <= limits.groupSize && tile.localMemory(layout, sum) <= limits.localMemory
        && tile.registers * items <= registersOfUnit
    }
  }

  /// The most work-groups that a search lets share K.
  private static let mostSplit = 32
  /// Of a compute unit of NVIDIA's GPUs, for all of its work-items.
  private static let registersOfUnit = 1 << 16
}
