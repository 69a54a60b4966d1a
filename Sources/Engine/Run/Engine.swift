package import Backend
internal import Checkpoint
package import Sampling

/// Runs requests through a model: plans steps, keeps one in flight while the tokens of the one before come back.
package final class Engine<B: Backend>: InferenceEngine {
  private let model: GPT2Model<B>
  private let promptChunk: Int
  private let batchSize: Int?
  private let pages: Int?
  private let scorer: ModelScorer<B>
  /// Rows of prompts whose logits a step has room for where prompts may be scored: 200 KB a row for GPT-2's vocabulary.
  private static var scoredRows: Int { 64 }
  /// The most sequences that run together, whatever is asked for.
  private static var mostSequences: Int { 1 << 20 }
  /// The memory of the last run, for the next that needs the same.
  private var lastSession: Session<B>?
  package var onMemoryShortage: ((MemoryShortage) -> Void)?
  package var speculator: Speculator?

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

  package func scores(
    of tokens: [Int32], stride: Int, top: Int, onScores: ([ScoredToken]) throws -> Void
  ) throws -> [ScoredToken] {
    try scorer.scores(of: tokens, stride: stride, top: top, onScores: onScores)
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
        guard let onMemoryShortage, feed.rewind(), let less = limits.halved(together: feed.together) else {
          throw error
        }
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
    try speculator?.begin(slots: limits.slots, length: limits.length)
    var meter = meter
    meter.restart()
    var run = EngineRun(model, session, feed, meter, speculator)
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
    let memory = EngineMemory(model, draft: speculator?.memory)
    let context = model.configuration.contextLength
    let length = min(context, bounds?.positions ?? context)
    let wanted = batchSize ?? memory.batchSize(length: length)
    let sequences = min(max(wanted, bounds?.together ?? 1), Self.mostSequences)
    let slots = max(1, min(sequences, bounds?.sequences ?? .max, model.backend.limits.rows))
    let scratchSlots =
      speculator == nil ? 0 : min(slots * Speculator.most, Speculator.mostRows, model.backend.limits.rows - slots)
    let rows = max(slots + scratchSlots, min(promptChunk, bounds?.promptTokens ?? .max, model.backend.limits.rows))
    let scoredRows = bounds?.scoresPrompts == false ? 0 : min(rows, Self.scoredRows)
    var limits = Session<B>.Limits(
      slots: slots, length: length, rows: rows, outputs: slots + scratchSlots + scoredRows, endOfText: endOfText,
      pages: pages ?? memory.pages(slots: slots, length: length))
    limits.scratchSlots = scratchSlots
    return limits
  }

  /// Reuses the last run's session if its limits are equal.
  private func session(_ limits: Session<B>.Limits) throws -> Session<B> {
    if let session = lastSession.take(), session.limits == limits { return session }
    return try Session(model, limits: limits)
  }
}
