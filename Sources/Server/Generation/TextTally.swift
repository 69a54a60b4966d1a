internal import Completions
internal import Engine
internal import GPT2
internal import Synchronization

/// Counts what happens to the texts of a request.
struct TextTally {
  /// How what has not ended is counted.
  enum End: String { case cancelled, error }

  private struct Prompt {
    var startTime: ContinuousClock.Instant?
    var firstTokenTime: ContinuousClock.Instant?
    /// (texts) New tokens so far, where they are known.
    var tokens: [Int]
    var unfinished: Int
  }

  private let requests: [TextRequest]
  private let arrival: ContinuousClock.Instant
  private let metrics: ServerMetrics
  private var prompts: [Prompt]
  var end: End?

  init(_ requests: [TextRequest], since arrival: ContinuousClock.Instant, _ metrics: ServerMetrics) {
    (self.requests, self.arrival, self.metrics) = (requests, arrival, metrics)
    prompts = requests.map {
      let texts = $0.tokens.newTokens.upperBound == 0 ? 0 : $0.tokens.samples
      return Prompt(tokens: Array(repeating: 0, count: texts), unfinished: texts)
    }
  }

  mutating func count(_ event: PromptEvent) {
    let prompt = event.prompt
    switch event.kind {
    case .started:
      prompts[prompt].startTime = .now
      metrics.countStart(after: .now - arrival)
      let count = requests[prompt].tokens.prompt.count
      metrics.update { counts in
        counts.promptTokens += count
        counts.promptLengths.observe(Double(count))
      }
    case .scores: break
    case .piece(let piece):
      let now = ContinuousClock.now
      if prompts[prompt].firstTokenTime == nil { countFirst(prompt, now) }
      let known = prompts[prompt].tokens[piece.sample]
      prompts[prompt].tokens[piece.sample] = piece.continuation?.tokens.count ?? known + 1
      if let text = piece.continuation { countText(prompt, text, now) }
    }
  }

  private mutating func countFirst(_ prompt: Int, _ now: ContinuousClock.Instant) {
    prompts[prompt].firstTokenTime = now
    let (arrival, start) = (arrival, prompts[prompt].startTime ?? arrival)
    metrics.update { counts in
      counts.timeToFirstToken.observe(now - arrival)
      counts.prefillTime.observe(now - start)
    }
  }

  private mutating func countText(_ prompt: Int, _ text: GPT2.Continuation, _ now: ContinuousClock.Instant) {
    prompts[prompt].unfinished -= 1
    let (count, first) = (text.tokens.count, prompts[prompt].firstTokenTime ?? now)
    let reason = text.completionsFinishReason
    metrics.update { counts in
      counts.completions[reason, default: 0] += 1
      counts.generatedTokens += count
      counts.generatedLengths.observe(Double(count))
      if count > 1 { counts.timePerToken.observe((now - first) / Double(count - 1)) }
    }
  }

  /// Counts what did not come to its end, and says all in the request's record.
  func finish(_ exchange: Exchange) {
    let unfinished = prompts.reduce(0) { $0 + $1.unfinished }
    if let end, unfinished > 0 {
      metrics.update { $0.completions[end.rawValue, default: 0] += unfinished }
    }
    let queueTime = prompts.compactMap(\.startTime).min().map { $0 - arrival }
    exchange.record.withLock { record in
      record.promptTokens = requests.reduce(0) { $0 + $1.tokens.prompt.count }
      record.newTokens = prompts.reduce(0) { $0 + $1.tokens.reduce(0, +) }
      record.queueTime = queueTime
      record.end = end?.rawValue
    }
  }
}
