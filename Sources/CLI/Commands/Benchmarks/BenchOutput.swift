internal import Dispatch
internal import Synchronization
internal import System
import Benchmarking
import JSON

/// Prints a benchmark: each row as it is measured, or a table at the end. A signal prints what has been measured.
final class BenchOutput: Sendable {
  private struct State {
    var report: BenchReport
    /// Whether everything is printed.
    var isOver = false
  }

  private let options: BenchOutputOptions
  private let file: OutputFile?
  private let state: Mutex<State>

  /// - Parameters:
  ///   - file: Where the page of charts goes.
  ///   - report: A report without rows.
  init(_ options: BenchOutputOptions, _ file: OutputFile?, _ report: BenchReport) {
    self.options = options
    self.file = file
    state = Mutex(State(report: report))
  }

  /// Says what is measured now.
  func begin(_ measurement: String) {
    state.withLock { _ in if options.showsProgress { Output.progress(measurement) } }
  }

  /// Takes a row, and the report as it stands. Output line by line, for a program, comes as it is known.
  func receive(_ row: BenchRow, _ report: BenchReport) throws {
    try state.withLock { state in
      state.report = report
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
    try state.withLock { state in
      try printWhole(state.report)
      state.isOver = true
    }
  }

  /// Prints what has been measured, and ends the program: on a thread of its own, since the device may take its time.
  func end(bySignal signal: Int32) {
    DispatchQueue(label: "gpt2-gpu.end").async { [self] in
      state.withLock { state in
        if state.isOver { _exit(0) }
        state.report.isInterrupted = true
        if !state.report.rows.isEmpty || options.format == .json { try? printWhole(state.report) }
        if state.report.rows.isEmpty { Output.notice("Interrupted before the first measurement.") }
        _exit(Signals.status(of: signal))
      }
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
