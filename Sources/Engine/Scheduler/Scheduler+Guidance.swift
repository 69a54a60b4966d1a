internal import Backend

/// A sample that is guided has a second sequence, whose prompt is another and whose continuation is the same. The last
/// token of either prompt is computed with the continuation, so that both rows of logits are there in one step.
extension Scheduler {
  /// The slot and the pages of a guided sample's second sequence.
  struct Guide {
    let slot: Int
    let pages: [Int32]
  }

  /// Refuses guidance that cannot be had.
  static func check(_ guidance: Guidance, of request: GenerationRequest) throws(CacheError) {
    guard !guidance.prompt.isEmpty, request.newTokens.upperBound > 0, !request.scoresPrompt, request.beams.count == 1
    else {
      throw CacheError(
        description: "A text can be guided where the other prompt has a token, tokens are to follow, the prompt is not "
          + "to be scored, and there are no beams.")
    }
  }

  /// Gives two slots each, and the pages for both sequences, to as many guided samples as can have them.
  mutating func allocateGuided(_ request: InFlightRequest, _ guidance: Guidance, _ samples: inout Range<Int>) {
    let new = request.request
    let pages = KeyValuePage.count(positions: new.positions(after: new.prompt.count))
    let guidePages = KeyValuePage.count(positions: new.positions(after: guidance.prompt.count))
    while let sample = samples.first, freeSlots.count >= 2, pool.freeCount >= pages + guidePages {
      samples.removeFirst()
      let slot = freeSlots.removeLast()
      let guide = Guide(slot: freeSlots.removeLast(), pages: pool.allocate(guidePages))
      prefilling.append(
        Group(
          request: request, samples: sample..<sample + 1, slots: [slot], pages: [pool.allocate(pages)], progress: 0,
          guide: guide))
    }
  }

  /// A chunk of the prompt of a guided sample, or of its second sequence.
  mutating func planGuidedPrompt(_ index: Int, _ guide: Guide, _ plan: inout Plan) {
    let group = prefilling[index]
    let own = group.request.request.prompt.dropLast()
    let isOwn = group.progress < own.count
    let rest = isOwn ? own[group.progress...] : group.guidingPrompt.dropLast().dropFirst(group.progress - own.count)
    let chunk = rest.prefix(rowLimit - plan.step.rows.count)
    plan.step.append(
      chunk, slot: Int32(isOwn ? group.slots[0] : guide.slot),
      firstPosition: isOwn ? group.progress : group.progress - own.count, wantsLogits: .none)
    prefilling[index].progress += chunk.count
  }

  /// Makes sequences of the guided samples whose prompts are computed: of which this plan computes the first rows, so that
  /// the device hears of their slots.
  mutating func startGuided(_ plan: inout Plan) {
    if hostIsBusy { return }
    while let index = prefilling.firstIndex(where: \.isComplete) {
      if !prefilling[index].isAdmitted { admit(index, &plan) }
      let group = prefilling.remove(at: index)
      start(
        group.request, sample: group.samples.lowerBound, slot: group.slots[0], pages: group.pages[0],
        guide: group.guide)
    }
  }

  /// The row of a guided sample's second sequence, beside its own; nil where there is none.
  ///
  /// - Returns: Its row of logits.
  func planGuide(of sequence: Sequence, _ plan: inout Plan) -> Int? {
    guard let guide = sequence.guide, let guidance = sequence.request.request.guidance,
      let token = sequence.tokens.last ?? guidance.prompt.last
    else { return nil }
    plan.lastSamples.append((guide.slot, token))
    return plan.step.append(
      CollectionOfOne(Step.Row.lastSample), slot: Int32(guide.slot),
      firstPosition: guidance.prompt.count + sequence.planned - 1)
  }
}

extension Scheduler.Group {
  /// The prompt of the second sequence.
  fileprivate var guidingPrompt: [Int32] { request.request.guidance?.prompt ?? [] }

  /// Whether all is computed of a guided sample but the last token of either prompt.
  var isComplete: Bool {
    guide != nil && progress == request.request.prompt.count + guidingPrompt.count - 2
  }
}
