internal import Synchronization
internal import System

/// How far a job is.
package struct JobProgress: Sendable {
  /// Lines of the input whose items are done.
  package var done: Int
  /// Lines of the input; nil where that is not known.
  package var total: Int?
  /// Items with an error.
  package var errors: Int
  /// Tokens chosen in a second.
  package var tokensPerSecond: Double
  /// How long the rest will take; nil where that is not known.
  package var remaining: Duration?

  /// One line for a person, of fewer than 80 columns.
  package var text: String {
    var parts: [String] = []
    if let total {
      parts.append("\(done) of \(total) (\(total > 0 ? min(100, 100 * done / total) : 100) %)")
    } else {
      parts.append(done.counted("item"))
    }
    if errors > 0 { parts.append(errors.counted("error")) }
    parts.append("\(tokensPerSecond.rounded1) tokens/s")
    if let remaining { parts.append("\(remaining.remaining) left") }
    return parts.joined(separator: ", ")
  }
}

/// Measures a run while it goes on.
struct ProgressMeter {
  private let start = ContinuousClock.now
  private let counts: ItemReader.Counts
  private let lines: LineCount?
  private var last = ContinuousClock.now

  /// How often there is something new to see.
  private static let period = Duration.milliseconds(200)

  init(input: JobInput, _ counts: ItemReader.Counts, isWatched: Bool) {
    self.counts = counts
    lines = isWatched ? input.file.map { LineCount($0.path) } : nil
  }

  /// The time since the start.
  var time: Duration { ContinuousClock.now - start }

  /// How far the job is, where it is time to say so.
  ///
  /// - Parameter newTokens: Tokens chosen so far.
  mutating func progress(_ sink: ResultSink, newTokens: Int) -> JobProgress? {
    let now = ContinuousClock.now
    guard now - last >= Self.period else { return nil }
    last = now
    let written = sink.counts
    let completed = counts.completed.load(ordering: .relaxed)
    let passed = written.items + counts.others.load(ordering: .relaxed)
    let done = passed + completed
    let total = lines?.count
    // The items of earlier runs took no time now.
    let rest = total.map { max(0, $0 - done) }
    let remaining = rest.flatMap { rest in passed > 0 ? (now - start) * (Double(rest) / Double(passed)) : nil }
    return JobProgress(
      done: done, total: total, errors: written.errors,
      tokensPerSecond: Double(newTokens) / ((now - start) / .seconds(1)),
      remaining: remaining)
  }

  func stop() { lines?.stop() }
}
