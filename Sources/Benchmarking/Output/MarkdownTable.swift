internal import OpenCLBackend
internal import OpenCL
internal import System
import Checkpoint
import GPT2

/// A benchmark as a table in Markdown, which also reads well as it is.
package struct MarkdownTable {
  private let report: BenchReport

  /// A table of a report.
  package init(_ report: BenchReport) { self.report = report }

  /// The lines.
  package var text: String {
    let rows = report.rows.map { RowCells($0, report.limits(of: $0)) }
    let count = RowCells.columns.count
    var lines = [RowCells.columns.map(\.heading), RowCells.columns.map { $0.isNumber ? "--:" : "---" }]
    for row in rows {
      lines.append(row.cells + Array(repeating: row.note == nil ? "-" : "", count: count - row.cells.count))
    }
    // A column without numbers, as the memory of a device that is the host, is left out.
    let kept = (0..<count).filter { column in
      column < 6 || lines.dropFirst(2).contains { $0[column] != "-" && !$0[column].isEmpty }
    }
    let table = Self.aligned(lines.map { line in kept.map { line[$0].replacing("|", with: "\\|") } })
    let notes = zip(report.rows, rows).compactMap { row, cells in cells.note.map { "- \(Self.name(of: row)): \($0)" } }
    return (facts + [""] + table + (notes.isEmpty ? [] : [""] + notes) + profiles + closing).joined(separator: "\n")
      + "\n"
  }

  /// The lines above the table, which hold for all rows.
  private var facts: [String] {
    let configuration = report.configuration
    var lines = [
      "\(report.modelName)\(report.isMadeUp ? " (made-up weights)" : ""): \(configuration.parameterCount) parameters, "
        + "\(configuration.layerCount) layers, \(configuration.embeddingSize) channels. gpt2-gpu \(report.version), "
        + "\(report.sweep.repeats.counted("repeat")) after \(report.sweep.warmUps) to warm up, \(report.samplingText).",
      "\(report.machine.processor), \(report.machine.cores.counted("core")), \(report.machine.memoryText); \(report.started).",
      "",
    ]
    for device in report.devices {
      let limits =
        device.limits.map {
          "copies \(RowCells.billions($0.copyBytesPerSecond)) GB/s, reads "
            + "\(RowCells.billions($0.readBytesPerSecond)) GB/s, "
            + "multiplies and adds \(RowCells.billions($0.operationsPerSecond)) GFLOP/s"
        } ?? "its limits could not be measured"
      let parts = ([device.name] + device.parts).joined(separator: ", ")
      lines.append("- device \(device.id): \(parts); \(limits)")
    }
    return lines
  }

  private var profiles: [String] {
    report.rows.flatMap { row -> [String] in
      guard let shares = row.measurement?.profileShares, !shares.isEmpty else { return [] }
      let list = shares.prefix(8).map { "\($0.kernel.kernel) \(RowCells.percent($0.share))" }
      return ["", "Time by kernel, \(Self.name(of: row)): " + list.joined(separator: ", ")]
    }
  }

  private var closing: [String] { report.isInterrupted ? ["", "Stopped before the end."] : [] }

  /// A row in words.
  static func name(of row: BenchRow) -> String {
    "device \(row.device), \(row.precision), batch \(row.workload.batch), "
      + "\(row.workload.promptTokens) + \(row.workload.newTokens) tokens"
  }

  /// Cells as lines of a table, the second of which says how columns are aligned; each column as wide as its longest
  /// cell.
  static func aligned(_ lines: [[String]]) -> [String] {
    let widths = (lines.first ?? []).indices.map { column in lines.map { $0[column].count }.max() ?? 0 }
    return lines.enumerated().map { number, line in
      let cells = line.indices.map { column in
        let padding = String(repeating: number == 1 ? "-" : " ", count: widths[column] - line[column].count)
        return lines[1][column].hasSuffix(":") ? padding + line[column] : line[column] + padding
      }
      return "| " + cells.joined(separator: " | ") + " |"
    }
  }
}
