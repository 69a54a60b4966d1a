internal import Backend

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

/// What one step took, or several of which only the last chose tokens.
package struct StepTime: Sendable {
  /// Rows of prompts.
  package var promptRows: Int
  /// Rows of sequences under way.
  package var decodeRows: Int
  /// Rows whose logits were computed.
  package var outputRows: Int
  /// Passes through the model.
  package var passes: Int
  /// From the tokens of the step before to these.
  package var time: Duration
}

/// A source that says what its requests need at the most, and hears of every step: for measurements.
package protocol MeasuringSource: RequestSource {
  /// What the largest of its requests need.
  var bounds: RequestBounds { get }
  /// A step's tokens have come.
  func stepDone(_ step: StepTime)
}

/// Takes a run's times.
///
/// Steps overlap with the host's work, so a step's time is that from the tokens of the step before to its own.
struct RunMeter {
  private(set) var statistics = RunStatistics()
  private var mark = ContinuousClock.now
  /// Rows whose time is not known yet: a step that chooses nothing is not waited for.
  private var rows = Step.RowCounts()
  /// Passes among them.
  private var passes = 0
  /// Hears of every step.
  private let observer: (any MeasuringSource)?

  init(observer: (any MeasuringSource)? = nil) { self.observer = observer }

  /// Counts a step whose tokens, if any, have come.
  mutating func settle(_ step: Step, chose: Bool) {
    rows += step.rowCounts
    statistics.steps += 1
    passes += 1
    statistics.promptTokens += step.rowCounts.prompt
    guard chose, rows.all > 0 else { return }
    let now = ContinuousClock.now
    let time = now - mark
    let prefill = time * (Double(rows.prompt) / Double(rows.all))
    statistics.prefillTime += prefill
    statistics.decodeTime += time - prefill
    observer?.stepDone(
      StepTime(
        promptRows: rows.prompt, decodeRows: rows.decode, outputRows: step.outputs.count, passes: passes, time: time))
    (mark, rows, passes) = (now, Step.RowCounts(), 0)
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
