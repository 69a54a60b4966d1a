internal import Backend

/// Steps, rows and times of a run.
public struct RunStatistics: Sendable {
  /// Tokens of prompts that were computed.
  public var promptTokens = 0
  /// Tokens that were chosen and handed out.
  public var newTokens = 0
  /// Tokens that were guessed and checked in steps with others.
  public var guesses = Guesses()
  /// Passes through the model.
  public var steps = 0
  /// The time of the rows of prompts; a step of both kinds is shared out by its rows.
  public var prefillTime = Duration.zero
  /// The time of the rows of running sequences.
  public var decodeTime = Duration.zero
  /// The time spent waiting for the source with nothing in flight.
  public var waitTime = Duration.zero

  /// Nothing done yet.
  public init() {}
}

/// The time of one step, or of several of which only the last chose tokens.
package struct StepTime: Sendable {
  /// Rows of prompts.
  package var promptRows: Int
  /// Rows of running sequences.
  package var decodeRows: Int
  /// Rows whose logits were computed.
  package var outputRows: Int
  /// Passes through the model.
  package var passes: Int
  /// Pages of the key-value cache, and how many of them are in use.
  package var pages: (all: Int, used: Int)
  /// From the tokens of the step before to these.
  package var time: Duration
}

/// Measures a run's times.
///
/// Steps overlap with the host's work, so a step's time is that from the tokens of the step before to its own.
struct RunMeter {
  private(set) var statistics = RunStatistics()
  private var mark = ContinuousClock.now
  /// Rows whose time is not known yet: a step that chooses nothing is not waited for.
  private var rows = Step.RowCounts()
  /// Passes among them.
  private var passes = 0
  private let onStep: ((StepTime) -> Void)?

  /// - Parameter onStep: Called with the time of every step that chose tokens.
  init(onStep: ((StepTime) -> Void)?) { self.onStep = onStep }

  /// Counts a step whose tokens, if any, have come; returns its time, where it is known.
  mutating func complete(_ step: Step, chose: Bool, pages: (all: Int, used: Int)) -> StepTime? {
    rows += step.rowCounts
    statistics.steps += 1
    passes += 1
    statistics.promptTokens += step.rowCounts.prompt
    guard chose, rows.all > 0 else { return nil }
    let now = ContinuousClock.now
    let time = now - mark
    let prefill = time * (Double(rows.prompt) / Double(rows.all))
    statistics.prefillTime += prefill
    statistics.decodeTime += time - prefill
    let stepTime = StepTime(
      promptRows: rows.prompt, decodeRows: rows.decode, outputRows: step.outputs.count, passes: passes,
      pages: pages, time: time)
    onStep?(stepTime)
    (mark, rows, passes) = (now, Step.RowCounts(), 0)
    return stepTime
  }

  /// Counts a guess that was checked.
  mutating func countGuess(isRight: Bool) {
    statistics.guesses.checked += 1
    if isRight { statistics.guesses.right += 1 }
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
