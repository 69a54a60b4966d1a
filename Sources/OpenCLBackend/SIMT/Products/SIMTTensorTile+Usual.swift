internal import Backend

/// The tiles where nobody has tuned: with which an H100 is predicted to be done first.
extension SIMTTensorTile {
  /// Parts of a work-group that are worth the exchange of sums.
  private static let leastParts = 12

  /// The tile for few rows.
  init(fewRows rows: Int, panels: Int, k: Int, computeUnits: Int, precision: Precision) {
    let isLight = precision != .int8
    let height = Self.height(fewRows: rows, precision)
    // Where narrow groups would be more than one a unit, wide ones: what is made of a row serves twice the columns.
    let narrow = Self.groupsAcross(panels, width: 16)
    let width = narrow > 2 * computeUnits || (narrow > computeUnits && (isLight || rows > 8)) ? 32 : 16
    // Warps take turns of equal numbers of parts: the fewer, the sooner a group is done. More than 12 warps leave a
    // compute unit room for one work-group alone.
    let alone = Self.mostWarps(height: height, width: width, precision)
    let most = width == 32 ? min(alone, isLight ? 6 : 4) : narrow > computeUnits ? 6 : alone
    let allParts = Self.parts(k, precision)
    // Long sums of few columns leave units idle: work-groups share them, where each has enough to wait for.
    let groups = (rows + height - 1) / height * Self.groupsAcross(panels, width: width)
    let split = max(1, min(computeUnits / groups, allParts / Self.leastParts))
    let parts = (allParts + split - 1) / split
    let warps = Self.warps(turns: (parts + most - 1) / most, of: parts)
    self.init(few: height, width: width, warps: warps, split: split, k: k, precision: precision)
  }

  /// The warps that take so many parts in so many turns.
  static func warps(turns: Int, of parts: Int) -> Int { (parts + turns - 1) / turns }

  /// A size of tiles for many rows: the time that a compute unit takes for one alone, and for each of many, and that
  /// the second-level cache takes for each.
  struct ManyRows {
    let height, width, alone, each, cached: Int

    static let least = ManyRows(height: 32, width: 64, alone: 470, each: 310, cached: 4)
    /// As an H100 is predicted to take for 768 k, in hundredths of a microsecond.
    static let all = [
      ManyRows(height: 128, width: 128, alone: 1380, each: 1380, cached: 12),
      ManyRows(height: 64, width: 128, alone: 880, each: 680, cached: 8),
      ManyRows(height: 32, width: 128, alone: 610, each: 460, cached: 6),
      least,
    ]

    /// The time where each of `split` work-groups takes its share of K.
    func time(rows: Int, panels: Int, split: Int, computeUnits: Int) -> Int {
      let groups = (rows + height - 1) / height * SIMTTensorTile.groupsAcross(panels, width: width) * split
      return max(alone, each * ((groups + computeUnits - 1) / computeUnits), cached * groups) / split
    }
  }

  /// The tile for many rows, with which the compute unit that has most to do is done first.
  init(manyRows rows: Int, panels: Int, k: Int, computeUnits: Int, precision: Precision) {
    let halves = Self.halves(k, precision)
    let times = ManyRows.all.map {
      $0.time(rows: rows, panels: panels, split: halves, computeUnits: computeUnits)
    }
    let size = zip(ManyRows.all, times).min { $0.1 < $1.1 }?.0 ?? .least
    self.init(many: size.height, width: size.width, k: k, precision: precision)
  }

  /// The tile for so many rows, few or many.
  init(rows: Int, panels: Int, k: Int, computeUnits: Int, precision: Precision, sharesK: Bool) {
    if sharesK {
      self.init(fewRows: rows, panels: panels, k: k, computeUnits: computeUnits, precision: precision)
    } else {
      self.init(manyRows: rows, panels: panels, k: k, computeUnits: computeUnits, precision: precision)
    }
  }
}
