internal import System
package import Engine
internal import GPT2

/// The outcome of a job, for a person.
package struct JobSummary: Sendable {
  /// Items that this run wrote a line for, those with errors among them.
  package var items: Int
  /// Items that this run wrote an error for.
  package var errors: Int
  /// Items of this run whose prompts leave room for fewer tokens than were asked for.
  package var cappedItems = 0
  /// The first other model that an item of this run asks for.
  package var otherModel: String?
  /// Lines that were there before.
  package var earlierItems: Int
  /// Of them, those with errors.
  package var earlierErrors: Int
  /// Tokens that this run chose, those of unfinished items among them.
  package var newTokens: Int
  /// How long this run took, without loading.
  package var time: Duration
  /// The times of the run; nil where it was ended in the middle of items.
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
    if cappedItems > 0 {
      text += "; \(cappedItems.counted("item")) had room for fewer new tokens than asked for"
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

  /// How to get the rest of a job that was ended early, for a person; nil where it ran to its end.
  package var interruptionNotice: String? {
    guard let interruption else { return nil }
    let reason = interruption.isOfTime ? "The time is up" : "Interrupted"
    if let results {
      return "\(reason): what is complete is in \(results). The same command with --resume goes on from there."
    }
    return "\(reason): what is complete is written. Only results in a file (--out FILE) can be continued."
  }
}
