internal import OpenCL

extension SIMTTile {
  /// A tile as it was chosen.
  init?(_ choice: TuningChoice) {
    guard let height = choice[.height] else { return nil }
    self.init(height: height)
    width = choice[.width] ?? width
    slices = choice[.slices] ?? slices
    split = choice[.split] ?? split
    flight = choice[.loads] ?? flight
    registers = choice[.registers] ?? registers
  }

  /// What it is, as it can be chosen.
  private var choice: TuningChoice {
    guard hasFewRows else { return TuningChoice([.height: height]) }
    return TuningChoice([
      .height: height, .width: width, .slices: slices, .split: split, .loads: flight, .registers: registers,
    ])
  }

  /// 32-bit registers of a compute unit of NVIDIA's.
  private static let mostRegisters = 1 << 16

  /// What there is to choose for products of so many rows with a matrix (K, N).
  static func space(rows: Int, k: Int, n: Int, _ layout: PackedLayout, _ device: Device) -> TuningSpace {
    let (sum, limits) = (SIMTSum(layout, k: k), SIMTLimits(device))
    let usual = SIMTTile(rows: rows, panels: PackedLayout.panels(n), sum: sum, layout: layout, limits: limits)
    guard usual.hasFewRows else {
      return TuningSpace(usual: usual.choice, [.height: manyHeights.filter { $0 <= limits.tallestTile }])
    }
    let limitsRegisters = device.compilerLimitsRegisters
    return TuningSpace(
      usual: usual.choice,
      [
        .height: fewHeights.filter { $0 == usual.height || 2 * $0 == usual.height }, .width: [32, 16, 8],
        .slices: Array(1...min(sum.slices, 8)), .split: Array(1...min(sum.slices, 64)), .loads: [4, 8],
        .registers: limitsRegisters ? [0, 96, 128, 168] : [usual.registers],
      ]
    ) { choice in
      guard let tile = SIMTTile(choice) else { return false }
      let size = tile.groupSize(layout)
      return size <= limits.groupSize && tile.localMemory(layout, sum) <= limits.localMemory
        && tile.height * layout.vectorWidth <= limits.mostSums
        && (tile.split - 1) * tile.slices < sum.slices  // none would have nothing to do
        && (!limitsRegisters || tile.registers * size <= mostRegisters)
    }
  }
}
