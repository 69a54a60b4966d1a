internal import Backend
internal import Sampling
internal import Checkpoint

/// One run of an engine, from its source's first request to the end of the last.
struct EngineRun<B: Backend> {
  /// A step that the device works on.
  private struct InFlightStep {
    let plan: Scheduler.Plan
    /// The tokens that the device chooses, in the order of the plan's draws.
    var samples: Pending<[SampledToken]>?
    /// The logits of the draws that the host makes, in the plan's order: `hostRows` of each. (rows, V)
    var logits: Pending<[Float]>?
    /// The scores of the plan's ``Scheduler/Plan/scoreRows``.
    var scores: Pending<[TokenScore]>?
    /// The logits of the plan's ``Scheduler/Plan/beamLogitsRows``.
    var beamLogits: Pending<[Float]>?
  }

  let model: GPT2Model<B>
  private let session: Session<B>
  var feed: RequestFeed
  var scheduler: Scheduler
  var sampler = HostSampler()
  private let speculator: Speculator?
  private var inFlight: InFlightStep?
  var meter: RunMeter

  init(
    _ model: GPT2Model<B>, _ session: Session<B>, _ feed: RequestFeed, _ meter: RunMeter,
    _ speculator: Speculator?
  ) {
    self.model = model
    self.session = session
    self.feed = feed
    self.meter = meter
    self.speculator = speculator
    scheduler = Scheduler(
      slots: session.limits.slots, scratchSlots: session.limits.scratchSlots, rows: session.limits.rows,
      outputs: session.limits.outputs,
      positions: session.limits.length, pages: session.limits.pages, endOfText: session.limits.endOfText,
      vocabularySize: model.configuration.vocabularySize)
  }

  /// Runs to the end.
  mutating func run(_ onEvent: (GenerationEvent) throws -> Bool) throws {
    while true {
      for request in scheduler.endCancelled() {
        feed.forget(request)
        _ = try onEvent(.cancelled(request: request))
      }
      try addRequests(onEvent)
      let next: InFlightStep?
      do {
        scheduler.checksProposals = speculator?.isPaused != true
        let proposals = try speculator?.proposals(for: scheduler.speculating, budget: scheduler.speculationBudget)
        next = try scheduler.plan(checking: proposals ?? [:]).map { try execute($0) }
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
    _ = try? inFlight?.samples?.wait()
    _ = try? inFlight?.logits?.wait()
    _ = try? inFlight?.scores?.wait()
    _ = try? inFlight?.beamLogits?.wait()
    inFlight = nil
  }

  /// Adds requests of the source, as many as can start.
  private mutating func addRequests(_ onEvent: (GenerationEvent) throws -> Bool) throws {
    while !feed.hasEnded, scheduler.wantsRequest {
      let isIdle = scheduler.isIdle && inFlight == nil
      let supplied = isIdle ? try meter.wait { try feed.next(waiting: true) } : try feed.next(waiting: false)
      switch supplied {
      case .request(let request):
        do throws(CacheError) {
          try scheduler.add(request, number: feed.number)
        } catch {
          feed.forget(feed.number)
          _ = try onEvent(.failed(request: feed.number, error: error))
        }
      case .notYet: if !isIdle { return }
      case .end: break
      }
    }
  }

  /// Waits for a step, if any, and hands out its tokens.
  private mutating func complete(_ step: InFlightStep?, _ onEvent: (GenerationEvent) throws -> Bool) throws {
    guard let step else { return }
    var samples = try step.samples?.wait()[...] ?? []
    var logits = try step.logits?.wait()[...] ?? []
    var scores = try step.scores?.wait()[...] ?? []
    let beamLogits = try step.beamLogits?.wait() ?? []
    let pages = (all: scheduler.pool.count, used: scheduler.pool.count - scheduler.pool.freeCount)
    let time = meter.complete(step.plan.step, chose: step.plan.hasResults, pages: pages)
    if let time { speculator?.record(rows: time.decodeRows, promptRows: time.promptRows, time: time.time) }
    try completePrompts(step.plan, &scores, onEvent)
    for draw in step.plan.draws {
      let result: SampledToken?
      if draw.request.needsHost {
        let rows = draw.hostRows.map { _ in logits.removeFirst(upTo: model.configuration.vocabularySize) }
        result = scheduler.isVoid(draw) ? nil : choose(draw, rows[0], unconditional: rows.dropFirst().first)
      } else {
        result = samples.popFirst()
      }
      let top = draw.wantsTop ? scores.popFirst()?.topLogProbabilities(draw.request.request.topLogProbabilities) : nil
      let event = result.flatMap { scheduler.commit(draw, $0, top: top ?? []) }
      if !draw.presumed.isEmpty { meter.countGuess(isRight: event != nil) }
      guard let event else { continue }
      feed.forgetGiven()
      if case .token = event { meter.countToken() }
      if try !onEvent(event) { scheduler.end(draw.sequence) }
    }
    try completeBeams(step.plan, &scores, beamLogits, onEvent)
  }

  /// Enqueues a step and the choice of its tokens.
  private mutating func execute(_ plan: Scheduler.Plan) throws -> InFlightStep {
    let backend = model.backend
    for admission in plan.admissions {
      try backend.setPages(admission.pages, slot: admission.slot, session.slots)
      if let tokens = admission.penalized {
        var seen = TokenSet(vocabularySize: model.configuration.vocabularySize)
        seen.formUnion(tokens)
        try backend.setSeen(seen, slot: admission.slot, session.slots)
      }
    }
    for copy in plan.copies { try session.copy(page: copy.from, to: copy.to) }
    try backend.setLastSamples(plan.lastSamples, session.slots)
    try model.forward(plan.step, in: session)
    for fork in plan.forks { try session.copy(page: fork.from, to: fork.to) }

    let logits = session.activations.logits
    let onDevice = plan.draws.filter { !$0.request.needsHost }
    let onHost = plan.draws.filter(\.request.needsHost)
    var step = InFlightStep(plan: plan)
    if !onDevice.isEmpty { step.samples = try backend.sample(logits, onDevice.map(\.row), session.slots) }
    if !onHost.isEmpty { step.logits = try backend.read(logits, rows: onHost.flatMap(\.hostRows)) }
    let (scored, top) = (plan.scoreRows, plan.scoreTop)
    if !scored.isEmpty { step.scores = try backend.score(logits, scored, top: top) }
    let read = plan.beamLogitsRows
    if !read.isEmpty { step.beamLogits = try backend.read(logits, rows: read) }
    return step
  }

  /// Chooses a token that depends on the text so far in ways the kernels do not know.
  ///
  /// - Parameters:
  ///   - logits: (V)
  ///   - unconditional: What the choice is guided away from. (V)
  private mutating func choose(
    _ draw: Scheduler.Plan.Draw, _ logits: ArraySlice<Float>, unconditional: ArraySlice<Float>?
  ) -> SampledToken {
    let request = draw.request.request
    let history = scheduler.history(of: draw)
    var seen = TokenSet(vocabularySize: model.configuration.vocabularySize)
    if draw.row.flags.contains(.penalize) { seen.formUnion(history) }
    let step = SamplingStep(
      tokens: history, promptCount: request.prompt.count,
      isLast: history.count - request.prompt.count + 1 == request.newTokens.upperBound,
      unconditional: unconditional.map { UnconditionalLogits($0, scale: request.guidance?.scale ?? 1) })
    return logits.withUnsafeBufferPointer { logits in
      sampler.result(
        logits, row: draw.row, seen: seen, endOfText: draw.request.endOfText, parameters: request.sampling, at: step)
    }
  }
}
