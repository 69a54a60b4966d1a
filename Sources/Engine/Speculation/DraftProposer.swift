internal import Sampling
package import Backend
internal import Checkpoint

/// Proposes what a smaller model with the same vocabulary would choose, with the same random numbers: where the two models
/// agree on the probabilities, they agree on the token.
package final class DraftProposer<B: Backend>: Proposer {
  private let model: GPT2Model<B>
  private var session: Session<B>?
  /// By slots: the tokens whose keys and values the cache holds.
  private var caches: [Int: (sequence: SequenceID, tokens: [Int32])] = [:]

  package let isCostly = true
  package var memory: ModelMemory? { ModelMemory(model) }

  /// Proposes what `model` would choose.
  package init(_ model: GPT2Model<B>) { self.model = model }

  package func begin(slots: Int, length: Int) throws {
    caches = [:]
    let limits = Session<B>.Limits(
      slots: slots, length: min(length, model.configuration.contextLength),
      rows: min(model.backend.limits.rows, max(slots, Self.promptChunk)), outputs: slots, endOfText: [])
    if session?.limits == limits { return }
    session = nil  // its memory goes before more is taken
    session = try Session(model, limits: limits)
  }

  /// Tokens of prompts that a step takes at the most.
  private static var promptChunk: Int { 256 }

  package func propose(for sequences: [SpeculatingSequence]) throws -> [Proposal] {
    guard let session else { return sequences.map { _ in Proposal() } }
    var round = DraftRound(sequences, caches, length: session.limits.length)
    var samples: [(draws: [DraftRound.Draw], tokens: Pending<[SampledToken]>)] = []
    // The device goes from token to token by itself; the host waits once, at the end.
    while let (step, draws) = round.next(rows: session.limits.rows) {
      try model.forward(step, in: session)
      if draws.isEmpty { continue }
      let rows = draws.enumerated().map { logitsRow, draw in
        let sequence = sequences[draw.sequence]
        return SamplingRow(
          sequence.request, sample: sequence.sample, position: sequence.tokens.count + draw.count,
          logitsRow: logitsRow, slot: sequence.id.slot, starts: true, marksEnds: false)
      }
      samples.append((draws, try model.backend.sample(session.activations.logits, rows, session.slots)))
    }
    var proposals = sequences.map { _ in [Int32]() }
    for (draws, tokens) in samples {
      // A token that is none is no token of the model's either, so that the proposal ends there.
      for (draw, token) in zip(draws, try tokens.wait()) { proposals[draw.sequence].append(token.token) }
    }
    for (index, sequence) in sequences.enumerated() {
      caches[sequence.id.slot] = (sequence.id, round.cache(index, proposals[index]))
    }
    return proposals.map { Proposal(tokens: Array($0.prefix { $0 >= 0 })) }
  }
}
