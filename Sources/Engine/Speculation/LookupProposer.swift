/// Proposes what followed where a text was like its end before.
package final class LookupProposer: Proposer {
  /// By slots.
  private var lookups: [Int: (sequence: SequenceID, lookup: PromptLookup)] = [:]

  package let isCostly = false

  /// Nothing looked up yet.
  package init() {}

  package func begin(slots: Int, length: Int) { lookups = [:] }

  package func propose(for sequences: [SpeculatingSequence]) -> [Proposal] {
    sequences.map { sequence in
      let slot = sequence.id.slot
      var lookup = lookups.removeValue(forKey: slot).flatMap { $0.sequence == sequence.id ? $0.lookup : nil }
      if lookup == nil {
        lookup = PromptLookup()
        lookup?.append(sequence.request.prompt)
      }
      guard var lookup else { return Proposal() }
      lookup.append(sequence.tokens[(lookup.tokens.count - sequence.request.prompt.count)...])
      lookups[slot] = (sequence.id, lookup)
      return lookup.proposal(sequence.room)
    }
  }
}
