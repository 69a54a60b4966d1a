internal import Backend
internal import Sampling
internal import Checkpoint

/// One run of an engine, from its source's first request to the end of the last.
struct EngineRun<B: Backend> {
  /// A step that the device works on.
  private struct InFlightStep {
    let plan: Scheduler.Plan
    /// Waits for the tokens of the plan's draws.
    let results: () throws -> [SampledToken]
  }

  private let model: GPT2Model<B>
  private let session: Session<B>
  private(set) var feed: RequestFeed
  private var scheduler: Scheduler
  private var sampler = HostSampler()
  private var inFlight: InFlightStep?
  private(set) var meter: RunMeter

  init(_ model: GPT2Model<B>, _ session: Session<B>, _ feed: RequestFeed, _ meter: RunMeter) {
    self.model = model
    self.session = session
    self.feed = feed
    self.meter = meter
    scheduler = Scheduler(
      slots: session.limits.slots, rows: session.limits.rows, positions: session.limits.length,
      pages: session.limits.pages, endOfText: session.limits.endOfText)
  }

  /// Runs to the end.
  mutating func run(_ onEvent: (GenerationEvent) throws -> Bool) throws {
    while true {
      if scheduler.needsHost { try complete(inFlight.take(), onEvent) }
      for request in scheduler.endCancelled() { _ = try onEvent(.cancelled(request: request)) }
      try addRequests()
      let next: InFlightStep?
      do {
        next = try scheduler.plan().map { plan in InFlightStep(plan: plan, results: try execute(plan)) }
      } catch {
        // The tokens of the step before are not lost with this one.
        try? complete(inFlight.take(), onEvent)
        throw error
      }
      let before = inFlight
      inFlight = next
      try complete(before, onEvent)
      if next == nil, scheduler.isIdle, feed.hasEnded { return }
    }
  }

  /// Waits for the step in flight and drops its tokens.
  mutating func cancel() {
    _ = try? inFlight?.results()
    inFlight = nil
  }

  /// Adds requests of the source, as many as can start.
  private mutating func addRequests() throws {
    while !feed.hasEnded, scheduler.wantsRequest {
      let isIdle = scheduler.isIdle && inFlight == nil
      let supplied = isIdle ? try meter.wait { try feed.next(waiting: true) } : try feed.next(waiting: false)
      switch supplied {
      case .request(let request): try scheduler.add(request)
      case .notYet: if !isIdle { return }
      case .end: break
      }
    }
  }

  /// Waits for a step, if any, and hands out its tokens.
  private mutating func complete(_ step: InFlightStep?, _ onEvent: (GenerationEvent) throws -> Bool) throws {
    guard let step else { return }
    let results = try step.results()
    meter.complete(step.plan.step, chose: !step.plan.draws.isEmpty)
    let outcomes = scheduler.commit(step.plan, results)
    if !outcomes.isEmpty { feed.forgetGiven() }
    for outcome in outcomes {
      if case .token = outcome.event { meter.countToken() }
      if try !onEvent(outcome.event) { scheduler.end(outcome.sequence) }
    }
  }

  /// Enqueues a step and the choice of its tokens, and returns how to wait for them.
  private mutating func execute(_ plan: Scheduler.Plan) throws -> () throws -> [SampledToken] {
    let backend = model.backend
    for admission in plan.admissions {
      try backend.setPages(admission.pages, slot: admission.slot, session.slots)
      if let tokens = admission.penalized {
        var seen = TokenSet(vocabularySize: model.configuration.vocabularySize)
        seen.formUnion(tokens)
        try backend.setSeen(seen, slot: admission.slot, session.slots)
      }
    }
    try model.forward(plan.step, in: session)
    for fork in plan.forks { try session.copy(page: fork.from, to: fork.to) }

    let onDevice = plan.draws.filter { !$0.request.needsHost }
    if plan.draws.isEmpty { return { [] } }
    if onDevice.count == plan.draws.count {
      let samples = try backend.sample(session.activations.logits, plan.draws.map(\.row), session.slots)
      return { try samples.wait() }
    }
    var chosen: [Int: SampledToken] = [:]
    if !onDevice.isEmpty {
      let samples = try backend.sample(session.activations.logits, onDevice.map(\.row), session.slots).wait()
      chosen = Dictionary(uniqueKeysWithValues: zip(onDevice.map(\.sequence.slot), samples))
    }
    let logits = try backend.read(session.activations.logits, count: plan.step.outputs.count)
    for draw in plan.draws where draw.request.needsHost {
      let result = sampleOnHost(draw, logits)
      try backend.setLastSample(max(result.token, 0), slot: draw.sequence.slot, session.slots)
      chosen[draw.sequence.slot] = result
    }
    let results = plan.draws.compactMap { chosen[$0.sequence.slot] }
    return { results }
  }

  /// Chooses a token that depends on the text so far in ways the kernels do not know.
  private mutating func sampleOnHost(_ draw: Scheduler.Plan.Draw, _ logits: [Float]) -> SampledToken {
    let request = draw.request.request
    let history = scheduler.history(of: draw)
    let size = model.configuration.vocabularySize
    var seen = TokenSet(vocabularySize: size)
    seen.formUnion(history)
    return logits.withUnsafeBufferPointer { logits in
      sampler.result(
        UnsafeBufferPointer(rebasing: logits[Int(draw.row.logitsRow) * size..<(Int(draw.row.logitsRow) + 1) * size]),
        row: draw.row, seen: seen, endOfText: draw.request.endOfText,
        banned: request.sampling.bannedTokens(after: history), parameters: request.sampling)
    }
  }
}
