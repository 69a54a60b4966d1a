internal import Backend
internal import Sampling

/// The steps in which a draft model proposes tokens of some sequences: first those that its cache lacks, several a step,
/// then a row of each sequence a step.
struct DraftRound {
  /// A choice of a proposed token.
  struct Draw {
    /// Its place among the sequences.
    let sequence: Int
    /// How many tokens are proposed before it.
    let count: Int
  }

  private let sequences: [SpeculatingSequence]
  /// What each sequence consists of.
  let texts: [[Int32]]
  /// How many tokens of each are in the cache, or on their way.
  private var cached: [Int]
  /// How many tokens are wanted of each.
  private let wanted: [Int]
  /// How many are chosen, or on their way.
  private var proposed: [Int]

  /// - Parameters:
  ///   - caches: By slots, the tokens that the cache holds.
  ///   - length: The positions of a sequence that it has room for.
  init(
    _ sequences: [SpeculatingSequence], _ caches: [Int: (sequence: SequenceID, tokens: [Int32])],
    length: Int
  ) {
    let texts = sequences.map { $0.request.prompt + $0.tokens }
    self.sequences = sequences
    self.texts = texts
    cached = zip(sequences, texts).map { sequence, text in
      guard let cache = caches[sequence.id.slot], cache.sequence == sequence.id else { return 0 }
      // The last token's logits are wanted, even if the cache holds it.
      return min(zip(cache.tokens, text).prefix { $0 == $1 }.count, text.count - 1)
    }
    wanted = zip(sequences, texts).map { max(0, min($0.room, length - $1.count + 1)) }
    proposed = Array(repeating: 0, count: sequences.count)
  }

  /// The tokens of a sequence that will be in the cache, given what was proposed.
  func cache(_ sequence: Int, _ proposal: [Int32]) -> [Int32] {
    wanted[sequence] == 0 ? Array(texts[sequence].prefix(cached[sequence])) : texts[sequence] + proposal.dropLast()
  }

  /// The next step of at most so many rows, and the draws from its logits; nil where all tokens are on their way.
  mutating func next(rows: Int) -> (step: Step, draws: [Draw])? {
    var step = Step()
    var draws: [Draw] = []
    let behind = texts.indices.filter { wanted[$0] > 0 && cached[$0] < texts[$0].count }
    for index in behind where step.rows.count < rows {
      let end = min(texts[index].count, cached[index] + rows - step.rows.count)
      step.append(
        texts[index][cached[index]..<end], slot: Int32(sequences[index].id.slot), firstPosition: cached[index],
        wantsLogits: end == texts[index].count ? .last : .none)
      cached[index] = end
      if end == texts[index].count { draws.append(Draw(sequence: index, count: 0)) }
    }
    if behind.isEmpty {
      for index in texts.indices where proposed[index] < wanted[index] {
        step.append(
          CollectionOfOne(Step.Row.lastSample), slot: Int32(sequences[index].id.slot),
          firstPosition: texts[index].count + proposed[index] - 1)
        draws.append(Draw(sequence: index, count: proposed[index]))
      }
    }
    for draw in draws { proposed[draw.sequence] += 1 }
    return step.rows.isEmpty ? nil : (step, draws)
  }
}
