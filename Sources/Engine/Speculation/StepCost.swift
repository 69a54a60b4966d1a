/// How long a step takes, by the number of its rows, from the times of the last steps.
///
/// Not a line: rows cost little as long as a step waits for the memory, and much from there.
struct StepCost {
  private struct Seen {
    var time = TimeEstimate()
    /// The step that was the last of its rows.
    var step = 0
  }

  private var seen: [Int: Seen] = [:]
  private var steps = 0

  /// Steps after which a time no longer counts: rows that seemed dear are tried again.
  private static let lifetime = 256
  /// What a row takes, as a share of a step of one, where nothing has told: little, so that more rows are tried.
  private static let usualShare = 0.08

  /// Takes in a step.
  mutating func record(rows: Int, seconds: Double) {
    steps += 1
    let expected = self.seconds(rows: rows)
    var of = seen[rows, default: Seen()]
    if known(rows) == nil { of.time.forget() }
    of.time.record(seconds, expected: expected)
    of.step = steps
    seen[rows] = of
  }

  /// What a step of so many rows takes: between steps that were seen on a line, beside them by the usual share; nil
  /// where none has been seen.
  func seconds(rows: Int) -> Double? {
    if let known = known(rows) { return known }
    let counts = seen.keys.filter { known($0) != nil }
    let (below, above) = (counts.filter { $0 < rows }.max(), counts.filter { $0 > rows }.min())
    switch (below, above) {
    case (let below?, let above?):
      let (from, to) = (known(below) ?? 0, known(above) ?? 0)
      return from + (to - from) * Double(rows - below) / Double(above - below)
    case (let known?, nil), (nil, let known?):
      return (self.known(known) ?? 0) * Self.usual(rows: rows) / Self.usual(rows: known)
    case (nil, nil): return nil
    }
  }

  /// What a step of so many rows takes, in steps of none, where nothing is known of the device.
  static func usual(rows: Int) -> Double { 1 + usualShare * Double(rows) }

  /// The time of steps of exactly so many rows, where that is not too long ago.
  private func known(_ rows: Int) -> Double? {
    seen[rows].flatMap { steps - $0.step < Self.lifetime ? $0.time.seconds : nil }
  }
}
