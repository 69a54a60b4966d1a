internal import Backend
internal import Sampling

extension Scheduler {
  /// The rows of a step and the draws from its logits.
  struct Plan {
    /// A choice of one token.
    struct Draw {
      let sequence: SequenceID
      let request: InFlightRequest
      let sample: Int
      let row: SamplingRow
    }

    /// The page where a prompt ends, to be copied after the step for the other samples, which go on in it.
    struct Fork {
      let from: Int32
      let to: [Int32]
    }

    /// A slot that a sequence takes over.
    struct Admission {
      let slot: Int
      /// Where its positions lie.
      let pages: [Int32]
      /// The tokens that a repetition penalty concerns, where there is one.
      let penalized: [Int32]?
    }

    var step = Step()
    var draws: [Draw] = []
    var forks: [Fork] = []
    var admissions: [Admission] = []
  }

  /// One row for each running sequence that may go on.
  mutating func planContinuations(_ plan: inout Plan) {
    for slot in active {
      guard let sequence = owners[slot], sequence.planned < sequence.request.request.newTokens.upperBound else {
        continue
      }
      let output = plan.step.append(
        CollectionOfOne(Step.Row.lastSample), slot: Int32(slot),
        firstPosition: sequence.request.request.prompt.count + sequence.planned - 1)
      if let output { planDraw(sequence, logitsRow: output, &plan) }
    }
  }

  /// Chunks of prompts, as far as the step has room.
  mutating func planPrompts(_ plan: inout Plan) {
    while let group = prefilling.first, plan.step.rows.count < rowLimit {
      if !group.isAdmitted { admit(group, &plan) }
      let prompt = group.request.request.prompt
      let end = min(prompt.count, group.progress + rowLimit - plan.step.rows.count)
      let output = plan.step.append(
        prompt[group.progress..<end], slot: Int32(group.slots[0]), firstPosition: group.progress,
        wantsLogits: end == prompt.count ? .last : .none)
      prefilling[0].progress = end
      guard let output else { return }
      prefilling.removeFirst()
      start(group, logitsRow: output, &plan)
    }
  }

  /// Tells the device of a group's slots, before the first step that uses them.
  private mutating func admit(_ group: Group, _ plan: inout Plan) {
    let request = group.request.request
    let penalized = request.sampling.repetitionPenalty == 1 ? nil : request.prompt
    plan.admissions += zip(group.slots, group.pages).map { slot, pages in
      Plan.Admission(slot: slot, pages: pages, penalized: penalized)
    }
    prefilling[0].isAdmitted = true
  }

  /// Turns a group whose prompt is computed into sequences: all draw their first token from the same logits.
  private mutating func start(_ group: Group, logitsRow: Int, _ plan: inout Plan) {
    for (index, (sample, slot)) in zip(group.samples, group.slots).enumerated() {
      start(group.request, sample: sample, slot: slot, pages: group.pages[index])
      if let sequence = owners[slot] { planDraw(sequence, logitsRow: logitsRow, &plan) }
    }
    let (last, rest) = group.request.request.prompt.count.quotientAndRemainder(dividingBy: KeyValuePage.length)
    if rest > 0, group.slots.count > 1, group.request.request.newTokens.upperBound > 1 {
      plan.forks.append(Plan.Fork(from: group.pages[0][last], to: group.pages.dropFirst().map { $0[last] }))
    }
  }

  /// The choice of a sequence's next token.
  private mutating func planDraw(_ sequence: Sequence, logitsRow: Int, _ plan: inout Plan) {
    let request = sequence.request.request
    countPlanned(slot: sequence.id.slot)
    let bits = Philox4x32(seed: request.seed).draw(
      item: request.item, sample: UInt32(truncatingIfNeeded: sequence.sample),
      position: UInt32(truncatingIfNeeded: request.prompt.count + sequence.planned))
    let row = SamplingRow(
      request.sampling, draw: bits, logitsRow: UInt32(logitsRow), slot: UInt32(sequence.id.slot),
      suppressesEndOfText: sequence.planned < request.newTokens.lowerBound,
      wantsLogProbability: request.wantsLogProbabilities, starts: sequence.planned == 0,
      ends: !request.ignoresEndOfText)
    plan.draws.append(
      Plan.Draw(sequence: sequence.id, request: sequence.request, sample: sequence.sample, row: row))
  }
}
