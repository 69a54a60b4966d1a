package import Backend
internal import Checkpoint

/// Runs requests through a model: plans steps, keeps one under way while the tokens of the one before come back.
package final class Engine<B: Backend>: RequestRunner {
  private let model: GPT2Model<B>
  private let promptChunk: Int
  private let batchSize: Int?
  private let pages: Int?
  /// The memory of the last run, for the next that needs the same.
  private var kept: Session<B>?
  package var onMemoryShortage: ((MemoryShortage) -> Void)?

  /// - Parameters:
  ///   - promptChunk: Tokens of a prompt that one step takes at the most: enough to be bound by arithmetic, little memory.
  ///   - batchSize: Sequences under way at the most, where a run does not say; chosen from memory where nil.
  ///   - pages: Pages for keys and values; chosen from memory where nil.
  package init(_ model: GPT2Model<B>, promptChunk: Int = 1024, batchSize: Int? = nil, pages: Int? = nil) {
    self.model = model
    self.promptChunk = promptChunk
    self.batchSize = batchSize
    self.pages = pages
  }

  package var memoryBytes: Int? { model.backend.memoryBytes }

  package func keepCompiled() { model.backend.keepCompiled() }

  package func run(
    _ source: any RequestSource, batchSize: Int?, onEvent: (GenerationEvent) throws -> Bool
  ) throws -> RunStatistics {
    let measuring = source as? any MeasuringSource
    var meter = RunMeter(observer: measuring)
    var feed = RequestFeed(source)
    guard let first = try meter.wait({ try feed.first() }) else { return meter.statistics }
    var limits = limits(
      for: measuring?.bounds ?? (source as? RequestList)?.bounds, first, batchSize: batchSize ?? self.batchSize)
    while true {
      do {
        return try run(&feed, limits, meter, onEvent)
      } catch  where error.isOutOfDeviceMemory {
        // Drivers promise memory, and find at its first use that there is none: what came before that is lost.
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
      try run.play(onEvent)
    } catch {
      run.abandon()
      throw error
    }
    kept = session
    return run.meter.statistics
  }

  /// What a run must hold, of what is known of its requests.
  private func limits(
    for bounds: RequestBounds?, _ first: GenerationRequest, batchSize: Int?
  ) -> Session<B>.Limits {
    let memory = EngineMemory(model)
    let context = model.configuration.contextLength
    let length = min(context, bounds?.positions ?? context)
    let wanted = batchSize ?? memory.batchSize(length: length)
    let slots = max(1, min(wanted, bounds?.samples ?? .max, model.backend.limits.rows))
    let rows = max(slots, min(promptChunk, bounds?.promptTokens ?? .max, model.backend.limits.rows))
    return Session<B>.Limits(
      slots: slots, length: length, rows: rows, outputs: slots, endOfText: first.endOfText,
      pages: pages ?? memory.pages(slots: slots, length: length))
  }

  /// The memory for a run: that of the last, where it is the same.
  private func session(_ limits: Session<B>.Limits) throws -> Session<B> {
    if let session = kept.take(), session.limits == limits { return session }
    return try Session(model, limits: limits)
  }
}
