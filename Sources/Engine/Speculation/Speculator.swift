/// Decides how many tokens of which sequences a step checks beside those that it must compute.
///
/// Leviathan et al., "Fast Inference from Transformers via Speculative Decoding", 2023, without its random numbers: a
/// proposal is accepted exactly where it is the token that is chosen anyway, since a choice hangs on seed, sample and
/// position alone, and a sum on nothing beside it. So texts are the same, byte for byte.
package final class Speculator {
  private let proposer: any Proposer
  private let measures: Bool
  /// By grades of proposals.
  private var rates: [Int: AcceptanceRate] = [:]
  private var cost = StepCost()
  private var rounds = 0
  /// Rounds in a row in which no token was worth checking.
  private var idleRounds = 0
  /// Proposals in a row of which no token was right.
  private var wrongProposals = 0
  /// Steps to come before the next round.
  private var pause = 0
  /// Seconds that the last proposal took.
  private var proposing = 0.0
  /// What a token of a proposal takes, for all sequences.
  private var proposalCost = TimeEstimate()
  /// By slots: what was proposed last, checked or not.
  private var proposals: [Int: (sequence: SequenceID, count: Int, proposal: Proposal)] = [:]

  /// The most tokens that are proposed for a sequence: with the one before them the rows of the tallest tile.
  package static let most = 11
  /// The most rows of a step that check proposals.
  package static let mostRows = 24
  /// The rows that such a step may have: few numbers, as kernels are compiled for each, and its time is learnt.
  private static let sizes: Set = [2, 4, 6, 12, 24]

  /// Rounds after which a costly proposer is tried again, and how often that doubles while it is wrong.
  private static let (retry, retryDoublings) = (4, 3)
  /// The longest pause is of 2 to the power of this many steps: short where trying takes next to nothing.
  private var mostIdleRounds: Int { proposer.isCostly ? 4 : 2 }

  /// Checks what `proposer` proposes.
  ///
  /// - Parameter measures: Whether the times of steps decide how much; the usual shares where false, whatever they take.
  package init(_ proposer: any Proposer, measures: Bool = true) {
    self.proposer = proposer
    self.measures = measures
  }

  /// Whether steps need not wait for the tokens before them: of late no proposal was worth checking.
  var isPaused: Bool { pause > 0 }

  /// What guessing takes of the model's device; nil for nothing.
  var memory: ModelMemory? { proposer.memory }

  /// Gets ready for the sequences of a run, whose slots are below `slots`.
  func begin(slots: Int, length: Int) throws {
    (proposals, pause, idleRounds) = ([:], 0, 0)
    try proposer.begin(slots: slots, length: length)
  }

  /// The tokens to check of each slot, at most `budget` in all.
  func proposals(for sequences: [SpeculatingSequence], budget: Int) throws -> [Int: [Int32]] {
    // Where all rest, the count of rounds and the times are those of the step in flight.
    if sequences.isEmpty { return [:] }
    rounds += 1
    for sequence in sequences { learn(from: sequence) }
    var sequences = sequences
    if proposer.isCostly {
      // Where none is worth its time, one now and then tells whether that has changed.
      let least = rounds % (Self.retry << min(wrongProposals, Self.retryDoublings)) == 0 ? 1 : 0
      // The first ones tell what a token takes.
      let most = proposalCost.seconds == nil ? 1 : Self.most
      let lengths = lengths(sequences.map { (grade: 0, most: min($0.room, most)) }, budget: budget)
      for index in sequences.indices { sequences[index].room = min(sequences[index].room, max(least, lengths[index])) }
    }
    let proposed = try timed { try proposer.propose(for: sequences) }
    let lengths = lengths(
      zip(sequences, proposed).map { (grade: $1.grade, most: min($0.room, $1.tokens.count)) }, budget: budget)
    var checked: [Int: [Int32]] = [:]
    for (index, (sequence, proposal)) in zip(sequences, proposed).enumerated() {
      proposals[sequence.id.slot] = (sequence.id, sequence.tokens.count, proposal)
      if lengths[index] > 0 { checked[sequence.id.slot] = Array(proposal.tokens.prefix(lengths[index])) }
    }
    idleRounds = checked.isEmpty ? min(idleRounds + 1, mostIdleRounds) : 0
    pause = checked.isEmpty ? 1 << idleRounds : 0
    return checked
  }

  /// How many tokens of each proposal to check: as many as give the most tokens in a second.
  ///
  /// - Parameters:
  ///   - proposals: The grade of each, and the most tokens that it may have.
  ///   - budget: The most tokens in all.
  private func lengths(_ proposals: [(grade: Int, most: Int)], budget: Int) -> [Int] {
    // The chance that a token is chosen falls from token to token, so the likeliest of all are each one's first.
    var chances: [(chance: Double, sequence: Int)] = []
    for (index, proposal) in proposals.enumerated() {
      let rate = rates[proposal.grade, default: AcceptanceRate()].value
      var chance = rate
      for _ in 0..<max(0, min(proposal.most, budget)) {
        chances.append((chance, index))
        chance *= rate
      }
    }
    chances.sort { ($0.chance, $1.sequence) > ($1.chance, $0.sequence) }

    var tokens = Double(proposals.count)
    var (best, rate) = (0, tokens / seconds(rows: proposals.count, proposed: 0))
    var longest = Array(repeating: 0, count: proposals.count)
    for (count, (chance, sequence)) in chances.prefix(budget).enumerated() {
      tokens += chance
      longest[sequence] += 1
      guard Self.sizes.contains(proposals.count + count + 1) else { continue }
      let next = tokens / seconds(rows: proposals.count + count + 1, proposed: longest.max() ?? 0)
      if next > rate { (best, rate) = (count + 1, next) }
    }
    var lengths = Array(repeating: 0, count: proposals.count)
    for (_, sequence) in chances.prefix(best) { lengths[sequence] += 1 }
    return lengths
  }

  /// What a step of so many rows takes, with the proposal of so many tokens for each sequence where that is costly.
  private func seconds(rows: Int, proposed: Int) -> Double {
    guard let step = cost.seconds(rows: rows) else { return StepCost.usual(rows: rows) }
    return step + (proposer.isCostly ? (proposalCost.seconds ?? 0) * Double(proposed) : 0)
  }

  /// Times a proposal.
  private func timed(_ propose: () throws -> [Proposal]) rethrows -> [Proposal] {
    let start = ContinuousClock.now
    let proposals = try propose()
    proposing = (ContinuousClock.now - start) / .seconds(1)
    let length = proposals.map(\.tokens.count).max() ?? 0
    if length > 0 { proposalCost.record(proposing / Double(length), expected: nil) }
    return proposals
  }

  /// Takes in a step, and the time of one that computed rows of running sequences alone, with the proposal before it.
  func record(rows: Int, promptRows: Int, time: Duration) {
    pause = max(0, pause - 1)
    if measures, promptRows == 0 { cost.record(rows: rows, seconds: time / .seconds(1) - proposing) }
  }

  /// Compares what was proposed with what was chosen, whether a step has checked it or not.
  private func learn(from sequence: SpeculatingSequence) {
    guard let (id, count, proposal) = proposals.removeValue(forKey: sequence.id.slot), id == sequence.id else { return }
    let chosen = sequence.tokens[count...]
    let accepted = zip(proposal.tokens, chosen).prefix { $0 == $1 }.count
    if !proposal.tokens.isEmpty, !chosen.isEmpty { wrongProposals = accepted > 0 ? 0 : wrongProposals + 1 }
    rates[proposal.grade, default: AcceptanceRate()].count(
      accepted: accepted, rejected: accepted < min(proposal.tokens.count, chosen.count))
  }
}
