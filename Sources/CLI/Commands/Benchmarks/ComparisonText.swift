internal import System
import Benchmarking

/// A comparison for a person at a terminal, within 80 columns.
struct ComparisonText {
  let comparison: Comparison

  var text: String {
    var table = Table(headings: ["tokens/s", "before", "after", "change", "verdict"])
    table.numbers = [1, 2, 3]
    table.style = Self.style(of:)
    var titles: [Int: String] = [:]
    var row = ""
    for (number, line) in comparison.lines.enumerated() {
      if line.row != row { titles[number] = line.row }
      row = line.row
      table.append(
        "  " + line.phase, line.before.map(rate) ?? "-", line.after.map(rate) ?? "-",
        line.change.map { ($0 > 0 ? "+" : "") + ($0 * 100).fixed(1) + " %" } ?? "-", line.verdict.rawValue)
    }
    // The rows' names are as long as they are: they stand between the lines of the table.
    var lines = table.text.split(separator: "\n").map(String.init)
    for (number, title) in titles.sorted(by: { $0.key > $1.key }) {
      lines.insert(contentsOf: ["", String(Output.results.lines(title).dropLast())], at: number + 1)
    }
    let notices = comparison.notices.map(Output.results.lines)
    return lines.joined(separator: "\n") + "\n" + (notices.isEmpty ? "" : "\n") + notices.joined()
  }

  /// The median, and how far measurements lie to either side of their middle.
  private func rate(_ sample: Sample) -> String {
    sample.median.short + (sample.values.count > 1 ? " ±\((sample.spread * 50).fixed(0))%" : "")
  }

  private static func style(of cell: String) -> Style? {
    switch Comparison.Verdict(rawValue: cell) {
    case .slower, .lost: .boldRed
    case .faster: .green
    default: nil
    }
  }
}
