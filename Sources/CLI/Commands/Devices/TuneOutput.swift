internal import OpenCLBackend
import Diagnosis
import JSON

/// Shows how far `tune` is, and prints its result. A signal prints what was found, which is kept.
final class TuneOutput: Sendable {
  private struct State {
    var report: TuneReport
    /// Whether a search has begun.
    var isSearching = false
  }

  private let format: OutputFormat
  private let output: InterruptibleOutput<State>

  init(_ report: TuneReport, as format: OutputFormat) {
    self.format = format
    output = InterruptibleOutput(State(report: report))
  }

  /// Says what is looked at now, and takes what was found.
  func begin(_ task: TuningTask, _ found: TuningReport) {
    output.update { state in
      state.report.found = found
      state.isSearching = true
      Output.progress(task.operation.description)
    }
  }

  /// Prints what was found.
  func finish(_ found: TuningReport) throws {
    try output.finish { state in
      state.report.found = found
      try printWhole(state.report)
    }
  }

  /// Prints what was found, and ends the program.
  func end(bySignal signal: Int32) {
    output.end(bySignal: signal) { [self] state in
      // What is tried now did nothing wrong.
      if state.isSearching { Tuner.forgetTrial(of: state.report.path) }
      state.report.isInterrupted = true
      try? printWhole(state.report)
    }
  }

  private func printWhole(_ report: TuneReport) throws {
    Output.progress(nil)
    switch format {
    case .text: try Output.results.print(report.text)
    case .json: try Output.results.print(report.json.text + "\n")
    }
  }
}
