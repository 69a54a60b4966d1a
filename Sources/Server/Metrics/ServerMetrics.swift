internal import Engine
internal import Synchronization

/// What the server has done, counted from any thread.
final class ServerMetrics: Sendable {
  struct Counts: Sendable {
    struct Request: Hashable, Sendable {
      let route: String
      let status: Int
    }

    var requests: [Request: Int] = [:]
    var completions: [String: Int] = [:]
    var rejected: [String: Int] = [:]
    var promptTokens = 0
    var generatedTokens = 0
    /// Of the last step.
    var rowsRunning = 0
    var pages = (all: 0, used: 0)
    var queueTime = Histogram.seconds
    var prefillTime = Histogram.seconds
    var timeToFirstToken = Histogram.seconds
    var timePerToken = Histogram.seconds
    var stepTime = Histogram.seconds
    var requestTime = Histogram.seconds
    var promptLengths = Histogram.tokens
    var generatedLengths = Histogram.tokens
    /// Requests that were started, by the seconds of the clock: the last ones, for the rate.
    var starts: [ContinuousClock.Instant] = []
  }

  let connections = ConnectionCount()
  private let counts = Mutex(Counts())

  func update(_ body: (inout Counts) -> Void) { counts.withLock { body(&$0) } }
  func read() -> Counts { counts.withLock { $0 } }

  /// Counts a step of the engine.
  func count(_ step: StepTime) {
    update { counts in
      counts.rowsRunning = step.decodeRows
      counts.pages = step.pages
      counts.stepTime.observe(step.time)
    }
  }

  /// Counts an answer.
  func count(_ record: RequestRecord, _ time: Duration) {
    update { counts in
      counts.requests[Counts.Request(route: record.route, status: record.status), default: 0] += 1
      counts.requestTime.observe(time)
    }
  }

  /// Counts a request that was refused.
  func countRejection(_ code: String) { update { $0.rejected[code, default: 0] += 1 } }

  /// Counts a request's start after a wait in the queue.
  func countStart(after wait: Duration) {
    update { counts in
      counts.queueTime.observe(wait)
      counts.starts.append(.now)
      if counts.starts.count > 64 { counts.starts.removeFirst(32) }
    }
  }

  /// In how many seconds so many requests that wait will have started, by the rate of the last ones.
  func secondsUntilStarted(_ waiting: Int) -> Int {
    let starts = read().starts
    guard let first = starts.first, starts.count > 1 else { return 10 }
    let perSecond = Double(starts.count) / max(0.001, (ContinuousClock.now - first) / .seconds(1))
    return Int(min(60, max(1, (Double(waiting) / perSecond).rounded(.up))))
  }
}
