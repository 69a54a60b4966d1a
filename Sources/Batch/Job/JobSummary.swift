internal import System
package import Engine
internal import GPT2

/// The outcome of a job, for a person.
package struct JobSummary: Sendable {
  /// Items that this run wrote a line for, those with errors among them.
  package var items: Int
  /// Items that this run wrote an error for.
  package var errors: Int
  /// Lines that were there before.
  package var earlierItems: Int
  /// Of them, those with errors.
  package var earlierErrors: Int
  /// Tokens that this run chose, those of unfinished items among them.
  package var newTokens: Int
  /// How long this run took, without loading.
  package var time: Duration
  /// The times of the run; nil where it was interrupted.
  package var statistics: RunStatistics?
  /// Why the job is not complete.
  package var interruption: JobInterrupted?
  /// The file of the results; nil where it cannot be continued.
  package var results: String?
  /// How long the model took to load.
  package var loadTime: Duration?
  /// How long kernels were compiled meanwhile.
  package var compileTime: Duration?
  /// The shares of several devices.
  package var devices: [DeviceShare] = []

  /// Items without a text, in the whole job.
  package var errorsInAll: Int { errors + earlierErrors }

  /// The summary as sentences.
  package var text: String {
    var text = "\(items.counted("item")), \(errors.counted("error")); \(newTokens.counted("token"))"
    text += " in \(time.seconds) (\((time > .zero ? Double(newTokens) / (time / .seconds(1)) : 0).rounded1) tokens/s)"
    if earlierItems > 0 {
      text += "; \(earlierItems.counted("item")) done before"
      if earlierErrors > 0 { text += ", \(earlierErrors.counted("error")) among them" }
    }
    var times: [String] = []
    if let loadTime { times.append("loading \(loadTime.seconds)") }
    if let statistics { times.append(statistics.text) }
    if !times.isEmpty { text += ". Time: " + times.joined(separator: ", ") }
    if let compileTime, compileTime >= .milliseconds(50) {
      text += " (\(compileTime.seconds) of it compiling kernels, once)"
    }
    if !devices.isEmpty { text += ". By device: " + devices.map(\.text).joined(separator: "; ") }
    return text + "."
  }

  /// How to get the rest of a job that a signal ended, for a person; nil where it ran to its end.
  package var interruptionNotice: String? {
    guard interruption != nil else { return nil }
    if let results {
      return "Interrupted: what is complete is in \(results). The same command with --resume goes on from there."
    }
    return "Interrupted: what is complete is written. Only results in a file (--out FILE) can be continued."
  }
}
