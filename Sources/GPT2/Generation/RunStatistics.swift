/// Steps, rows and times of a run.
public struct RunStatistics: Sendable {
  /// Tokens of prompts that were computed.
  public var promptTokens = 0
  /// Tokens that were chosen and handed out.
  public var newTokens = 0
  /// Passes through the model.
  public var steps = 0
  /// The time of the rows of prompts; a step of both kinds is shared out by its rows.
  public var prefillTime = Duration.zero
  /// The time of the rows of sequences under way.
  public var decodeTime = Duration.zero
  /// The time spent waiting for the source with nothing under way.
  public var waitTime = Duration.zero

  /// Nothing done yet.
  public init() {}
}

/// Takes a run's times.
///
/// Steps overlap with the host's work, so a step's time is that from the tokens of the step before to its own.
struct RunMeter {
  private(set) var statistics = RunStatistics()
  private var mark = ContinuousClock.now
  /// Rows whose time is not known yet: a step that chooses nothing is not waited for.
  private var rows = Step.RowCounts()

  /// Counts a step whose tokens, if any, have come.
  mutating func settle(_ step: Step, chose: Bool) {
    rows += step.rowCounts
    statistics.steps += 1
    statistics.promptTokens += step.rowCounts.prompt
    guard chose, rows.all > 0 else { return }
    let now = ContinuousClock.now
    let time = now - mark
    let prefill = time * (Double(rows.prompt) / Double(rows.all))
    statistics.prefillTime += prefill
    statistics.decodeTime += time - prefill
    (mark, rows) = (now, Step.RowCounts())
  }

  /// Counts a token that is handed out.
  mutating func countToken() { statistics.newTokens += 1 }

  /// Times a wait for the source.
  mutating func wait<Result>(_ body: () throws -> Result) rethrows -> Result {
    let start = ContinuousClock.now
    defer {
      let time = ContinuousClock.now - start
      statistics.waitTime += time
      mark += time
    }
    return try body()
  }

  /// Forgets the time since the last mark: memory was made ready.
  mutating func restart() { mark = .now }
}
