internal import Checkpoint

/// Runs requests through a model: plans steps, keeps one under way while the tokens of the one before come back.
final class Engine<B: Backend>: RequestRunner {
  private let model: GPT2Model<B>
  private let promptChunk: Int
  private let batchSize: Int?
  private let pages: Int?
  /// The memory of the last run, for the next that needs the same.
  private var kept: Session<B>?

  /// - Parameters:
  ///   - promptChunk: Tokens of a prompt that one step takes at the most: enough to be bound by arithmetic, little memory.
  ///   - batchSize: Sequences under way at the most, where a run does not say; chosen from memory where nil.
  ///   - pages: Pages for keys and values; chosen from memory where nil.
  init(_ model: GPT2Model<B>, promptChunk: Int = 1024, batchSize: Int? = nil, pages: Int? = nil) {
    self.model = model
    self.promptChunk = promptChunk
    self.batchSize = batchSize
    self.pages = pages
  }

  var memoryBytes: Int? { model.backend.memoryBytes }

  func keepCompiled() { model.backend.keepCompiled() }

  func run(
    _ source: any RequestSource, batchSize: Int?, onEvent: (GenerationEvent) throws -> Bool
  ) throws -> RunStatistics {
    let measuring = source as? any MeasuringSource
    var meter = RunMeter(observer: measuring)
    guard let first = try meter.wait({ try source.first() }) else { return meter.statistics }
    let session = try session(
      for: measuring?.bounds ?? (source as? RequestList)?.bounds, first, batchSize: batchSize ?? self.batchSize)
    meter.restart()
    var run = try EngineRun(model, session, source, first, meter)
    defer { kept = session }
    do {
      try run.play(onEvent)
    } catch {
      run.abandon()
      throw error
    }
    return run.meter.statistics
  }

  /// The memory for a run, of what is known of its requests.
  private func session(
    for bounds: RequestBounds?, _ first: GenerationRequest, batchSize: Int?
  ) throws -> Session<B> {
    let memory = EngineMemory(model)
    let context = model.configuration.contextLength
    let length = min(context, bounds?.positions ?? context)
    let wanted = batchSize ?? memory.batchSize(length: length)
    let slots = max(1, min(wanted, bounds?.samples ?? .max, model.backend.maximumRows))
    let rows = max(slots, min(promptChunk, bounds?.promptTokens ?? .max, model.backend.maximumRows))
    let limits = Session<B>.Limits(
      slots: slots, length: length, rows: rows, outputs: slots, endOfText: first.endOfText,
      pages: pages ?? memory.pages(slots: slots, length: length))
    if let session = kept.take(), session.limits == limits { return session }
    return try Session(model, limits: limits)
  }
}

extension RequestSource {
  /// Waits for the first request; nil where there is none.
  fileprivate func first() throws -> GenerationRequest? {
    while true {
      switch try next(waiting: true) {
      case .request(let request): return request
      case .notYet: continue
      case .end: return nil
      }
    }
  }
}
