package import Backend
internal import Checkpoint

/// Runs requests through a model: plans steps, keeps one in flight while the tokens of the one before come back.
package final class Engine<B: Backend>: InferenceEngine {
  private let model: GPT2Model<B>
  private let promptChunk: Int
  private let batchSize: Int?
  private let pages: Int?
  private let scorer: ModelScorer<B>
  /// The memory of the last run, for the next that needs the same.
  private var lastSession: Session<B>?
  package var onMemoryShortage: ((MemoryShortage) -> Void)?

  /// - Parameters:
  ///   - promptChunk: Tokens of a prompt that one step takes at the most: enough to be bound by arithmetic, little
  ///     memory.
  ///   - batchSize: Sequences in flight at the most, where a run does not say; chosen from memory where nil.
  ///   - pages: Pages for keys and values; chosen from memory where nil.
  ///   - scorer: Scores texts by the same weights.
  package init(
    _ model: GPT2Model<B>, promptChunk: Int = 1024, batchSize: Int? = nil, pages: Int? = nil,
    scorer: ModelScorer<B>? = nil
  ) {
    self.model = model
    self.promptChunk = promptChunk
    self.batchSize = batchSize
    self.pages = pages
    self.scorer = scorer ?? ModelScorer(model)
  }

  package var memoryBytes: Int? { model.backend.memoryBytes }

  package func keepCompiled() { model.backend.keepCompiled() }

  package func logProbabilities(
    of tokens: [Int32], stride: Int, onScores: ([Double]) throws -> Void
  ) throws -> [Double] {
    try scorer.logProbabilities(of: tokens, stride: stride, onScores: onScores)
  }

  package func run(
    _ source: any RequestSource, batchSize: Int? = nil, endOfText: [Int32] = [], onStep: ((StepTime) -> Void)? = nil,
    onEvent: (GenerationEvent) throws -> Bool
  ) throws -> RunStatistics {
    let meter = RunMeter(onStep: onStep)
    var feed = RequestFeed(source)
    var limits = limits(for: source.bounds, endOfText, batchSize: batchSize ?? self.batchSize)
    while true {
      do {
        return try run(&feed, limits, meter, onEvent)
      } catch  where error.isOutOfDeviceMemory {
        // Drivers promise memory, and find at its first use that there is none: work before that is lost.
        guard let onMemoryShortage, feed.rewind(), let less = limits.halved else { throw error }
        onMemoryShortage(MemoryShortage(before: limits.slots, now: less.slots, reason: "\(error)"))
        limits = less
      }
    }
  }

  /// Runs with so much memory.
  private func run(
    _ feed: inout RequestFeed, _ limits: Session<B>.Limits, _ meter: RunMeter,
    _ onEvent: (GenerationEvent) throws -> Bool
  ) throws -> RunStatistics {
    let session = try session(limits)
    var meter = meter
    meter.restart()
    var run = EngineRun(model, session, feed, meter)
    defer { feed = run.feed }
    do {
      try run.run(onEvent)
    } catch {
      run.cancel()
      throw error
    }
    lastSession = session
    return run.meter.statistics
  }

  /// The session that a run needs, by the bounds of its requests.
  private func limits(for bounds: RequestBounds?, _ endOfText: [Int32], batchSize: Int?) -> Session<B>.Limits {
    let memory = EngineMemory(model)
    let context = model.configuration.contextLength
    let length = min(context, bounds?.positions ?? context)
    let wanted = batchSize ?? memory.batchSize(length: length)
    let slots = max(1, min(wanted, bounds?.samples ?? .max, model.backend.limits.rows))
    let rows = max(slots, min(promptChunk, bounds?.promptTokens ?? .max, model.backend.limits.rows))
    return Session<B>.Limits(
      slots: slots, length: length, rows: rows, outputs: slots, endOfText: endOfText,
      pages: pages ?? memory.pages(slots: slots, length: length))
  }

  /// Reuses the last run's session if its limits are equal.
  private func session(_ limits: Session<B>.Limits) throws -> Session<B> {
    if let session = lastSession.take(), session.limits == limits { return session }
    return try Session(model, limits: limits)
  }
}
