internal import Backend
internal import OpenCL

extension SIMTTensorTile {
  /// Turns in which warps take their parts, and work-groups that share K, that are worth a trial.
  private static let (turns, splits) = (1...4, [1, 2, 3, 4, 6, 8])

  /// A tile for so many rows as it was chosen: of few rows, `slices` are the parts that a work-group takes at a time.
  init?(_ choice: TuningChoice, rows: Int, k: Int, precision: Precision) {
    guard let width = choice[.width] else { return nil }
    if let warps = choice[.slices], let split = choice[.split] {
      self.init(
        few: Self.height(fewRows: rows, precision), width: width, warps: warps, split: split, k: k,
        precision: precision)
    } else if let height = choice[.height] {
      self.init(many: height, width: width, k: k, precision: precision)
    } else {
      return nil
    }
  }

  /// What it is, as it can be chosen.
  private var choice: TuningChoice {
    TuningChoice(
      sharesK
        ? [.width: width, .slices: groupSize / 32, .split: split]
        : [.height: height, .width: width])
  }

  /// What there is to choose for products of so many rows with a matrix (K, N).
  static func space(rows: Int, k: Int, n: Int, _ precision: Precision, computeUnits: Int) -> TuningSpace {
    let usual = SIMTTensorTile(
      rows: rows, panels: PackedLayout.panels(n), k: k, computeUnits: computeUnits, precision: precision,
      sharesK: fewRows.contains(rows))
    guard usual.sharesK else {
      let sizes = ManyRows.all.map { ($0.height, $0.width) }
      return TuningSpace(usual: usual.choice, [.height: [128, 64, 32], .width: [128, 64]]) { choice in
        sizes.contains { $0 == choice[.height] && $1 == choice[.width] }
      }
    }
    let parts = parts(k, precision)
    let counts = Set(splits.flatMap { split in turns.map { warps(turns: $0, of: (parts + split - 1) / split) } })
    return TuningSpace(
      usual: usual.choice,
      [
        .width: [32, 16], .slices: counts.union([usual.groupSize / 32]).sorted(by: >),
        .split: Set(splits).union([usual.split]).sorted(),
      ]
    ) { choice in
      guard let width = choice[.width], let warps = choice[.slices], let split = choice[.split] else { return false }
      let share = (parts + split - 1) / split
      return warps <= mostWarps(height: usual.height, width: width, precision)
        && warps <= share && (split - 1) * share < parts  // none would have nothing to do
    }
  }
}
