internal import Checkpoint

/// Runs requests through a model: plans steps, keeps one under way while the tokens of the one before come back.
final class Engine<B: Backend>: RequestRunner {
  private let model: GPT2Model<B>
  private var sampler = HostSampler()

  private let promptChunk: Int
  private let mostSlots: Int

  /// - Parameters:
  ///   - promptChunk: Tokens of a prompt that one step takes at the most: enough to be bound by arithmetic, little memory.
  ///   - mostSlots: Sequences under way at the most.
  init(_ model: GPT2Model<B>, promptChunk: Int = 1024, mostSlots: Int = 64) {
    self.model = model
    self.promptChunk = promptChunk
    self.mostSlots = mostSlots
  }

  func keepCompiled() { model.backend.keepCompiled() }

  /// A step that the device works on.
  private struct StepUnderWay {
    let plan: Scheduler.Plan
    /// Waits for the tokens of the plan's draws.
    let tokens: () throws -> [SampledToken]
  }

  func run(_ requests: [GenerationRequest], onToken: (GeneratedToken) throws -> Bool) throws {
    let slots = min(mostSlots, requests.map(\.samples).reduce(0, +))
    let longest = requests.map { $0.prompt.count }.max() ?? 1
    let rows = max(slots, min(promptChunk, longest))
    let session = try Session(
      model,
      limits: Session<B>.Limits(
        slots: slots, length: requests.map { $0.prompt.count + $0.newTokens.upperBound }.max() ?? 1, rows: rows,
        outputs: slots, endOfText: requests.first?.endOfText ?? []))
    var scheduler = Scheduler(requests, slots: slots, rows: rows)

    func absorb(_ step: StepUnderWay) throws {
      for event in scheduler.absorb(step.plan, try step.tokens().map { try $0.checked() }) {
        if try !onToken(GeneratedToken(event)) { scheduler.end(event.sequence) }
      }
    }

    var underWay: StepUnderWay?
    while true {
      if scheduler.needsHost, let step = underWay {
        underWay = nil
        try absorb(step)
      }
      let next = try scheduler.plan().map { plan in
        StepUnderWay(plan: plan, tokens: try execute(plan, scheduler, in: session))
      }
      let before = underWay
      underWay = next
      if let before {
        try absorb(before)
      } else if next == nil {
        return
      }
    }
  }

  /// Enqueues a step and the choice of its tokens, and returns how to wait for them.
  private func execute(
    _ plan: Scheduler.Plan, _ scheduler: Scheduler, in session: Session<B>
  ) throws -> () throws -> [SampledToken] {
    let backend = model.backend
    for admission in plan.admissions {
      var seen = TokenSet(vocabularySize: model.configuration.vocabularySize)
      seen.formUnion(admission.prompt)
      try backend.setSeen(seen, slot: admission.slot, session.slots)
    }
    try model.forward(plan.step, in: session)
    for fork in plan.forks { try session.fork(slot: fork.from, to: fork.to, length: fork.length) }

    let onDevice = plan.draws.filter { !scheduler.sampling(of: $0).needsHost }
    if onDevice.count == plan.draws.count {
      if plan.draws.isEmpty { return { [] } }
      let samples = try backend.sample(session.activations.logits, plan.draws.map(\.row), session.slots)
      return { try samples.wait() }
    }
    var chosen: [Int: SampledToken] = [:]
    if !onDevice.isEmpty {
      let samples = try backend.sample(session.activations.logits, onDevice.map(\.row), session.slots).wait()
      chosen = Dictionary(uniqueKeysWithValues: zip(onDevice.map(\.sequence), samples))
    }
    let logits = try backend.read(session.activations.logits, count: plan.step.outputs.count)
    for draw in plan.draws where chosen[draw.sequence] == nil {
      let token = try sampleOnHost(draw, scheduler, logits)
      try backend.setLastSample(token.token, slot: Int(draw.row.slot), session.slots)
      chosen[draw.sequence] = token
    }
    return { plan.draws.compactMap { chosen[$0.sequence] } }
  }

  /// Chooses a token that depends on the text so far in ways the kernels do not know.
  private func sampleOnHost(
    _ draw: Scheduler.Plan.Draw, _ scheduler: Scheduler, _ logits: [Float]
  ) throws -> SampledToken {
    let parameters = scheduler.sampling(of: draw)
    let history = scheduler.history(of: draw.sequence)
    let size = model.configuration.vocabularySize
    var seen = TokenSet(vocabularySize: size)
    seen.formUnion(history)
    return try logits.withUnsafeBufferPointer { logits in
      try sampler.sample(
        UnsafeBufferPointer(rebasing: logits[Int(draw.row.logitsRow) * size..<(Int(draw.row.logitsRow) + 1) * size]),
        row: draw.row, seen: seen, endOfText: scheduler.endOfText(of: draw),
        banned: parameters.bannedTokens(after: history), typicalP: parameters.typicalP)
    }
  }
}
