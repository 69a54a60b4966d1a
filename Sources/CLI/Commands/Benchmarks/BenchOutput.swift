import Benchmarking
import JSON

/// Prints a benchmark: each row as it is measured, or a table at the end. A signal prints what has been measured.
final class BenchOutput: Sendable {
  private let options: BenchOutputOptions
  private let file: OutputFile?
  private let output: InterruptibleOutput<BenchReport>

  /// - Parameters:
  ///   - file: Where the page of charts goes.
  ///   - report: A report without rows.
  init(_ options: BenchOutputOptions, _ file: OutputFile?, _ report: BenchReport) {
    self.options = options
    self.file = file
    output = InterruptibleOutput(report)
  }

  /// Says what is measured now.
  func begin(_ measurement: String) {
    output.update { _ in if options.showsProgress { Output.progress(measurement) } }
  }

  /// Takes a row, and the report as it stands. Output line by line, for a program, comes as it is known.
  func receive(_ row: BenchRow, _ report: BenchReport) throws {
    try output.update { state in
      state = report
      switch options.format {
      case .jsonl: try Output.results.print(report.line(row).text + "\n")
      case .csv:
        let heading = report.rows.count == 1 ? CSVTable.heading + "\n" : ""
        try Output.results.print(heading + CSVTable.line(row, of: report) + "\n")
      case .text, .md, .json: break
      }
    }
  }

  /// Ends the output.
  func finish() throws {
    try output.finish { report in try printWhole(report) }
  }

  /// Prints what has been measured, and ends the program.
  func end(bySignal signal: Int32) {
    output.end(bySignal: signal) { [self] report in
      report.isInterrupted = true
      if !report.rows.isEmpty || options.format == .json { try? printWhole(report) }
      if report.rows.isEmpty { Output.notice("Interrupted before the first measurement.") }
    }
  }

  private func printWhole(_ report: BenchReport) throws {
    if options.showsProgress { Output.progress(nil) }
    switch options.format {
    case .text: try Output.results.print(BenchText(report: report).text)
    case .md: try Output.results.print(MarkdownTable(report).text)
    case .json: try Output.results.print(report.json.text + "\n")
    case .csv, .jsonl: break
    }
    try file?.write(HTMLReport(report).text)
  }
}
