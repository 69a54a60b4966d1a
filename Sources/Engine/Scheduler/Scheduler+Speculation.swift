internal import Sampling
internal import Backend

extension Scheduler {
  /// The sequences that could check proposals in the next step, with what room each has for them.
  var speculating: [SpeculatingSequence] {
    if hostIsBusy || !checksProposals { return [] }
    return active.compactMap { slot in
      guard let sequence = owners[slot], sequence.request.speculates, !sequence.isInFlight, sequence.count > 0 else {
        return nil
      }
      let rest = sequence.request.request.newTokens.upperBound - sequence.count
      return SpeculatingSequence(
        id: sequence.id, request: sequence.request.request, sample: sequence.sample, tokens: sequence.tokens,
        room: min(rest - 1, Speculator.most))
    }
  }

  /// How many tokens the next step may check at the most, beside a row of each sequence.
  var speculationBudget: Int { max(0, min(scratchSlots, rowLimit - active.count)) }

  /// Rows for a sequence's last token and those that may follow, each with its draw: it counts where the draws before
  /// it chose what was proposed.
  ///
  /// Such a draw must not be its slot's last sample, so all but the first have a slot of their own for that.
  mutating func planProposal(
    _ tokens: [Int32], after last: Int32, of sequence: Sequence, _ plan: inout Plan
  ) {
    let slot = sequence.id.slot
    let place = sequence.request.request.prompt.count + sequence.count - 1
    let output = plan.step.append(
      [last] + tokens, slot: Int32(slot), firstPosition: place, wantsLogits: .all, continues: true)
    guard let output else { return }
    for count in 0...tokens.count {
      planDraw(
        sequence, presumed: Array(tokens.prefix(count)), logitsRow: output - tokens.count + count,
        slot: count == 0 ? slot : owners.count + plan.scratchSlots, &plan)
      if count > 0 { plan.scratchSlots += 1 }
    }
    countPlanned(slot: slot, onDevice: false)
  }
}
