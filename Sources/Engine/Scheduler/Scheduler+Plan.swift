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
      /// How many tokens of its sequence come before.
      let position: Int
      /// The last of them, as far as other draws of the step choose them: it is void where they choose others.
      let presumed: [Int32]
      let row: SamplingRow
      /// The row of logits that the choice is guided away from; nil where it is not.
      let unconditionalRow: Int?

      /// The rows of logits that the host needs to make it.
      var hostRows: [Int] { [Int(row.logitsRow)] + (unconditionalRow.map { [$0] } ?? []) }
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
    /// The last tokens of sequences of which the device does not know them.
    var lastSamples: [(slot: Int, token: Int32)] = []
    var draws: [Draw] = []
    var forks: [Fork] = []
    var admissions: [Admission] = []
    /// Slots taken for draws that presume others.
    var scratchSlots = 0
    /// Pages to copy before the step.
    var copies: [BeamPages.Copy] = []
    var beams: [BeamRow] = []
    var prompts: [PromptRows] = []
  }

  /// Whether the host must know a sequence's last token before its next row is planned.
  private func needsLastToken(_ sequence: Sequence) -> Bool {
    let request = sequence.request
    return request.needsHost || (request.speculates && (checksProposals || !sequence.deviceKnowsLast))
  }

  /// Whether the host still waits for tokens of a sequence that goes on, so that the others rest with it.
  var hostIsBusy: Bool {
    active.contains { slot in
      owners[slot].map { needsLastToken($0) && $0.isInFlight && $0.count > 0 } ?? false
    }
  }

  /// One row for each running sequence that may go on, and one for each proposal that is checked.
  ///
  /// Where the host must know the tokens, sequences take turns with it: they rest in the step that the device computes
  /// meanwhile. They rest together, so that their next rows share a step too; a first token in flight makes nobody wait.
  mutating func planContinuations(checking proposals: [Int: [Int32]], _ plan: inout Plan) {
    let hostIsBusy = hostIsBusy  // before this plan counts any
    for slot in active {
      guard let sequence = owners[slot], sequence.planned < sequence.request.request.newTokens.upperBound else {
        continue
      }
      if needsLastToken(sequence), hostIsBusy || sequence.isInFlight { continue }
      // Of a guided sample, the prompt's last token waits for the first choice.
      let last = sequence.tokens.last ?? sequence.guide.flatMap { _ in sequence.request.request.prompt.last }
      if sequence.request.needsTokens, !sequence.isInFlight, let token = last {
        if let proposal = proposals[slot] {
          planProposal(proposal, after: token, of: sequence, &plan)
          continue
        }
        if !sequence.deviceKnowsLast { plan.lastSamples.append((slot, token)) }
      }
      let output = plan.step.append(
        CollectionOfOne(Step.Row.lastSample), slot: Int32(slot),
        firstPosition: sequence.request.request.prompt.count + sequence.planned - 1)
      guard let output else { continue }
      planNext(of: sequence, logitsRow: output, unconditionalRow: planGuide(of: sequence, &plan), &plan)
    }
  }

  /// Chunks of prompts, as far as the step has room.
  mutating func planPrompts(_ plan: inout Plan) {
    while let index = prefilling.firstIndex(where: { !$0.isComplete }), plan.step.rows.count < rowLimit,
      plan.step.outputs.count < outputLimit
    {
      if !prefilling[index].isAdmitted { admit(index, &plan) }
      let group = prefilling[index]
      if let guide = group.guide {
        planGuidedPrompt(index, guide, &plan)
        continue
      }
      let prompt = group.request.request.prompt
      var end = min(prompt.count, group.progress + rowLimit - plan.step.rows.count)
      let firstOutput = plan.step.outputs.count
      if group.scoresPrompt { end = min(end, group.progress + outputLimit - firstOutput) }
      let output = plan.step.append(
        prompt[group.progress..<end], slot: Int32(group.slots[0]), firstPosition: group.progress,
        wantsLogits: group.scoresPrompt ? .all : end == prompt.count ? .last : .none)
      note(group, group.progress..<end, logitsRow: firstOutput, &plan)
      prefilling[index].progress = end
      guard let output, end == prompt.count else { return }
      if group.request.request.newTokens.upperBound == 0 {
        release(group.request)
        continue
      }
      prefilling.remove(at: index)
      start(group, logitsRow: output, &plan)
    }
  }

  /// Tells the device of a group's slots, before the first step that uses them.
  mutating func admit(_ index: Int, _ plan: inout Plan) {
    let group = prefilling[index]
    let request = group.request.request
    let penalized = request.sampling.repetitionPenalty == 1 ? nil : request.prompt
    plan.admissions += zip(group.slots, group.pages).map { slot, pages in
      Plan.Admission(slot: slot, pages: pages, penalized: penalized)
    }
    if let guide = group.guide {
      plan.admissions.append(Plan.Admission(slot: guide.slot, pages: guide.pages, penalized: nil))
    }
    prefilling[index].isAdmitted = true
  }

  /// Turns a group whose prompt is computed into sequences: all draw their first token from the same logits.
  private mutating func start(_ group: Group, logitsRow: Int, _ plan: inout Plan) {
    if group.request.request.beams.count > 1 { startBeams(group) }
    for (index, (sample, slot)) in zip(group.samples, group.slots).enumerated() {
      start(group.request, sample: sample, slot: slot, pages: group.pages[index])
      if let sequence = owners[slot] { planNext(of: sequence, logitsRow: logitsRow, &plan) }
    }
    let (last, rest) = group.request.request.prompt.count.quotientAndRemainder(dividingBy: KeyValuePage.length)
    if rest > 0, group.slots.count > 1, group.request.request.newTokens.upperBound > 1 {
      plan.forks.append(Plan.Fork(from: group.pages[0][last], to: group.pages.dropFirst().map { $0[last] }))
    }
  }

  /// The choice of a sequence's next token, or the search for what follows a beam.
  private mutating func planNext(
    of sequence: Sequence, logitsRow: Int, unconditionalRow: Int? = nil, _ plan: inout Plan
  ) {
    let slot = sequence.id.slot
    if sequence.request.beams == nil {
      planDraw(sequence, logitsRow: logitsRow, unconditionalRow: unconditionalRow, slot: slot, &plan)
    } else {
      planBeam(sequence, logitsRow: logitsRow, &plan)
    }
    countPlanned(slot: slot, onDevice: !sequence.request.needsHost)
  }

  /// The choice of a sequence's next token, or of one behind those that are presumed.
  ///
  /// - Parameter slot: The device's slot whose last sample it becomes.
  func planDraw(
    _ sequence: Sequence, presumed: [Int32] = [], logitsRow: Int, unconditionalRow: Int? = nil, slot: Int,
    _ plan: inout Plan
  ) {
    let position = sequence.planned + presumed.count
    // Where the host knows the tokens it plans nothing behind an end, so the device need not mark any.
    let marksEnds = !sequence.request.needsTokens
    let row = SamplingRow(
      sequence.request.request, sample: sequence.sample, position: position, logitsRow: logitsRow, slot: slot,
      starts: position == 0 || !marksEnds, marksEnds: marksEnds)
    plan.draws.append(
      Plan.Draw(
        sequence: sequence.id, request: sequence.request, sample: sequence.sample, position: position,
        presumed: presumed, row: row, unconditionalRow: unconditionalRow))
  }
}

extension SamplingRow {
  /// How to choose a token of a request's sample.
  ///
  /// - Parameters:
  ///   - position: How many tokens of the sample come before.
  ///   - starts: Whether the device should forget that the slot's sequence has ended.
  ///   - marksEnds: Whether the device should keep in mind that it ends.
  init(
    _ request: GenerationRequest, sample: Int, position: Int, logitsRow: Int, slot: Int, starts: Bool, marksEnds: Bool
  ) {
    let bits = Philox4x32(seed: request.seed).draw(
      item: request.item, sample: UInt32(truncatingIfNeeded: sample),
      position: UInt32(truncatingIfNeeded: request.prompt.count + position))
    self.init(
      request.sampling, draw: bits, logitsRow: UInt32(logitsRow), slot: UInt32(slot),
      suppressesEndOfText: position < request.newTokens.lowerBound, wantsLogProbability: request.wantsLogProbabilities,
      starts: starts, ends: marksEnds && !request.ignoresEndOfText)
  }
}
