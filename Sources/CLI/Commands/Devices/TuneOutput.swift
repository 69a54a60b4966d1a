internal import Dispatch
internal import OpenCLBackend
internal import Synchronization
internal import System
import Diagnosis
import JSON

/// Shows how far `tune` is, and prints its result. A signal prints what was found, which is kept.
final class TuneOutput: Sendable {
  private struct State {
    var report: TuneReport
    /// Whether a search has begun.
    var isSearching = false
    /// Whether everything is printed.
    var isOver = false
  }

  private let format: OutputFormat
  private let state: Mutex<State>

  init(_ report: TuneReport, as format: OutputFormat) {
    self.format = format
    state = Mutex(State(report: report))
  }

  /// Says what is looked at now, and takes what was found.
  func begin(_ task: TuningTask, _ found: TuningReport) {
    state.withLock { state in
      state.report.found = found
      state.isSearching = true
      Output.progress(task.operation.description)
    }
  }

  /// Prints what was found.
  func finish(_ found: TuningReport) throws {
    try state.withLock { state in
      state.report.found = found
      try printWhole(state.report)
      state.isOver = true
    }
  }

  /// Prints what was found, and ends the program: on a thread of its own, since the device may take its time.
  func end(bySignal signal: Int32) {
    DispatchQueue(label: "gpt2-gpu.end").async { [self] in
      state.withLock { state in
        if state.isOver { _exit(0) }
        // What is tried now did nothing wrong.
        if state.isSearching { Tuner.forgetTrial(of: state.report.path) }
        state.report.isInterrupted = true
        try? printWhole(state.report)
        _exit(Signals.status(of: signal))
      }
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
