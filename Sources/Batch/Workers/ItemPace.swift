internal import GPT2

/// How long a worker's items take, by those before: the time until a first token, and that of each token.
struct ItemPace {
  /// Until the first token, which the prompt takes: the longest of late; a faster item counts for little of it.
  private var timeToStart = Duration.zero
  /// Of the longest text of an item: likewise.
  private var timePerToken = Duration.zero

  /// Texts of fewer tokens count as of so many: a step among them may have been long, as with prompts of others in it.
  private static let fewestTokens = 32

  /// Takes note of an item that is complete.
  mutating func record(_ finished: InFlightItem) {
    let end = ContinuousClock.now
    let firstToken = finished.firstToken ?? end
    record(
      timeToStart: firstToken - finished.start, time: end - firstToken,
      tokens: finished.texts.map(\.tokens.count).max() ?? 0)
  }

  /// - Parameters:
  ///   - timeToStart: Until the first token.
  ///   - time: From there to the end.
  ///   - tokens: Of the longest text.
  mutating func record(timeToStart: Duration, time: Duration, tokens: Int) {
    self.timeToStart = max(timeToStart, self.timeToStart * 0.9)
    timePerToken = max(time / max(Self.fewestTokens, tokens), timePerToken * 0.9)
  }

  /// How long an item of so many tokens may take that is begun now: no time, where none has been complete.
  func time(tokens: Int) -> Duration { timeToStart + timePerToken * max(Self.fewestTokens, tokens) }

  /// When an item would be complete that is begun now.
  func end(of item: PreparedItem) -> ContinuousClock.Instant {
    .now + time(tokens: item.requests.map(\.tokens.newTokens.upperBound).max() ?? 0)
  }
}
