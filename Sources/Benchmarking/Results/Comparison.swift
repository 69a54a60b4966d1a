internal import System
internal import OpenCL
import JSON

/// Two benchmarks of the same workload, row by row.
package struct Comparison: Sendable {
  /// The verdict about a rate.
  package enum Verdict: String, Sendable {
    case faster, slower, same
    /// It was measured before, and is not now.
    case lost
    /// It is measured now, and was not before.
    case new
    case notRun = "not run"
  }

  /// One rate of one row.
  package struct Line: Sendable {
    /// Which row, in words.
    package var row: String
    /// `prefill`, `decode` or `end to end`.
    package var phase: String
    /// Tokens per second.
    package var before: Sample?
    package var after: Sample?
    package var verdict: Verdict

    /// How much faster, as a part; nil where a rate is missing.
    package var change: Double? {
      guard let before, let after, before.median > 0 else { return nil }
      return after.median / before.median - 1
    }
  }

  package private(set) var lines: [Line] = []
  /// Notes for the reader, as sentences.
  package private(set) var notices: [String] = []

  /// Whether something got slower, or no longer runs.
  package var isSlower: Bool { lines.contains { $0.verdict == .slower || $0.verdict == .lost } }

  /// A smaller change counts as none, whatever the spread.
  private let threshold: Double
  /// The same, where there are too few measurements to tell a spread.
  private static let thresholdWithoutSpread = 0.05
  private static let leastRepeats = 3

  /// Compares two reports in JSON.
  ///
  /// A rate changed where the ranges of its measurements do not touch and the medians differ by the threshold.
  ///
  /// - Parameter isStrict: Whether rows that only one of them has are an error.
  /// - Throws: ``SweepError`` where they are no reports, or have no work in common.
  package init(
    _ before: BenchFile, _ after: BenchFile, threshold: Double, isStrict: Bool = false
  ) throws(SweepError) {
    self.threshold = threshold
    try BenchFile.requireSameWork(before, after)
    if let notice = BenchFile.differentDevices(before, after) { notices.append(notice) }
    let other = after.rows(ignoringDevice: !notices.isEmpty)
    let mine = before.rows(ignoringDevice: !notices.isEmpty)
    try note(mine, other, before, after, isStrict: isStrict)
    for (key, row) in mine {
      guard let match = other.first(where: { $0.key == key })?.row else { continue }
      if let hash = row["hash"]?.string, let newHash = match["hash"]?.string, hash != newHash {
        notices.append("\(key.text): the text is another one than before.")
      }
      lines += self.lines(key.text, row, match)
    }
    if lines.contains(where: { ($0.before.map(isTooSmall) ?? false) || ($0.after.map(isTooSmall) ?? false) }) {
      notices.append(
        "Fewer than \(Self.leastRepeats) repeats tell no spread: there, changes under "
          + "\((Self.thresholdWithoutSpread * 100).fixed(0)) % count as none.")
    }
  }

  private func isTooSmall(_ sample: Sample) -> Bool { sample.values.count < Self.leastRepeats }

  /// Notes the rows that only one of the results has, which is no difference of work where it was stopped.
  private mutating func note(
    _ mine: [(key: BenchFile.Key, row: JSON)], _ other: [(key: BenchFile.Key, row: JSON)], _ before: BenchFile,
    _ after: BenchFile, isStrict: Bool
  ) throws(SweepError) {
    let common = mine.count { mine in other.contains { $0.key == mine.key } }
    for (file, rows, others, otherFile) in [(before, mine, other, after), (after, other, mine, before)] {
      let missing = rows.map(\.key).filter { key in !others.contains { $0.key == key } }
      guard let first = missing.first else { continue }
      let list = "\(first.text)\(missing.count > 1 ? ", and \(missing.count - 1) more" : "")"
      if common == 0 || isStrict && !otherFile.isInterrupted {
        throw SweepError(
          "\(file.name) and \(otherFile.name) are of different work: only \(file.name) has \(list). Run both with the "
            + "same options.")
      }
      if otherFile.isInterrupted {
        notices.append("\(otherFile.name) was stopped before its end: it lacks \(list).")
      } else {
        notices += missing.map { "Only \(file.name) has \($0.text)." }
      }
    }
  }

  private func lines(_ name: String, _ before: JSON, _ after: JSON) -> [Line] {
    let phases = [("prefill", "prefill"), ("decode", "decode"), ("end to end", "end_to_end")]
    return phases.compactMap { phase, key in
      let (old, new) = (Sample(before[key]?["tokens_per_s"]), Sample(after[key]?["tokens_per_s"]))
      // A workload of one new token has no decode phase; a row that did not run says so once.
      if old == nil, new == nil, before["status"]?.string == "measured" || key != "end_to_end" { return nil }
      return Line(row: name, phase: phase, before: old, after: new, verdict: verdict(old, new))
    }
  }

  private func verdict(_ before: Sample?, _ after: Sample?) -> Verdict {
    guard let before else { return after == nil ? .notRun : .new }
    guard let after else { return .lost }
    let least =
      isTooSmall(before) || isTooSmall(after) ? max(threshold, Self.thresholdWithoutSpread) : threshold
    let change = after.median / before.median - 1
    if after.maximum < before.minimum, -change >= least { return .slower }
    if after.minimum > before.maximum, change >= least { return .faster }
    return .same
  }
}
