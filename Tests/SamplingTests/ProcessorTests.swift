import Testing

@testable import Sampling

/// Each processor on scores made by hand; `ProcessorConformanceTests` compares them with transformers'.
@Suite struct ProcessorTests {
  /// The scores that a processor makes of others.
  private func process(
    _ processor: some LogitsProcessor, _ logits: [Float], after tokens: [Int32] = [], prompt: Int = 0
  ) throws -> [Float] {
    var scores = Scores()
    try logits.withUnsafeBufferPointer { scores.load(try LogitRow($0)) }
    processor.process(&scores, at: SamplingStep(tokens: tokens, promptCount: prompt))
    return logits.indices.map { scores[Int32($0)] }
  }

  /// The kinds of the processors of a step.
  private func kinds(
    _ parameters: SamplingParameters, after tokens: [Int32], prompt: Int, isLast: Bool = false, minimum: Bool = false
  ) -> [String] {
    let row = SamplingRow(parameters, draw: 0, suppressesEndOfText: minimum)
    let step = SamplingStep(tokens: tokens, promptCount: prompt, isLast: isLast)
    return parameters.processors(row, seen: TokenSet(vocabularySize: 9), endOfText: [0], at: step)
      .map { "\(type(of: $0))" }
  }

  @Test func noNgramTwice() {
    let history: [Int32] = [1, 2, 3, 1, 2, 4, 1, 2]
    for (size, banned) in [(1, history), (2, [3, 4]), (3, [3, 4]), (4, []), (9, [])] {
      #expect(RepeatedNgrams(size: size).banned(after: history, from: history[...]) == banned, "\(size)")
      #expect(RepeatedNgrams(size: size).banned(after: [], from: []).isEmpty)
    }
  }

  /// Those of the prompt alone, the continuation's beginning among them.
  @Test func noNgramOfThePrompt() throws {
    for (size, prompt, banned) in [(1, 2, [1, 2]), (2, 2, []), (2, 3, [3]), (3, 3, [3]), (3, 2, []), (9, 8, [])] {
      let ngrams = RepeatedNgrams(size: size, isOfPrompt: true)
      let scores = try process(ngrams, [0, 0, 0, 0, 0], after: [1, 2, 3, 4, 1, 2], prompt: prompt)
      #expect(scores.indices.filter { scores[$0] == -.infinity } == banned, "\(size), \(prompt)")
    }
  }

  @Test func thePromptsTokensGetLikelier() throws {
    let bonus = PromptBonus(penalty: 4)
    #expect(try process(bonus, [1, -1, 3, -3], after: [0, 1, 0, 99, -7, 2], prompt: 5) == [4, -0.25, 3, -3])
    let malus = try process(PromptBonus(penalty: 0.5), [1, -1, -.infinity], after: [0, 1, 2], prompt: 3)
    #expect(malus == [0.5, -2, -.infinity])
  }

  @Test func badWords() {
    let words = BadWords(words: [[7], [1, 2], [5, 1, 8], [3], [1, 3]], endOfText: [3])
    #expect(words.banned(after: []) == [7])
    #expect(words.banned(after: [1]) == [7, 2, 3])
    #expect(words.banned(after: [5, 1]) == [7, 2, 8, 3])
  }

  @Test func biases() throws {
    #expect(try process(TokenBiases(biases: [0: 1, 2: -100, 9: 5, -1: 5]), [1, 2, 3]) == [2, 2, -97])
    let sequences = SequenceBiases(
      biases: [
        SequenceBias([2], bias: 1), SequenceBias([1, 2], bias: 2), SequenceBias([0, 1, 2], bias: 4),
        SequenceBias([1, 1], bias: 8), SequenceBias([0, 0], bias: 16),
      ])
    #expect(try process(sequences, [0, 0, 0], after: [0, 1]) == [0, 8, 7])
    #expect(try process(sequences, [0, 0, 0], after: [1]) == [0, 8, 3])
    #expect(try process(sequences, [0, 0, 0]) == [0, 0, 1])
  }

  /// A bias makes no logit infinite, and what is ruled out stays so.
  @Test func biasesStayFinite() throws {
    let logits: [Float] = [.greatestFiniteMagnitude, -.infinity, -0.5]
    #expect(
      try process(TokenBiases(biases: [0: 1e38, 1: 100, 2: 0.5]), logits)
        == [.greatestFiniteMagnitude, -.infinity, 0])
  }

  @Test func occurrencesCountInTheContinuationAlone() throws {
    let penalties = OccurrencePenalties(presence: 1, frequency: 0.25)
    #expect(try process(penalties, [0, 0, 0, 0], after: [0, 1, 1, 2, 1], prompt: 2) == [0, -1.5, -1.25, 0])
    #expect(try process(penalties, [0, 0], after: [0, 1], prompt: 2) == [0, 0])
  }

  @Test func theEndGetsLikelierWithTheLength() throws {
    let penalty = LengthPenalty(decay: ExponentialDecay(start: 1, factor: 2), endOfText: [0, 1, 2, 2])
    let logits: [Float] = [1, -1, -.infinity, 5]
    #expect(try process(penalty, logits, after: [3, 3], prompt: 1) == logits)
    #expect(try process(penalty, logits, after: [3, 3, 3], prompt: 1) == [2, 0, -.infinity, 5])
    #expect(try process(penalty, logits, after: [3, 3, 3, 3], prompt: 1) == [4, 2, -.infinity, 5])
    let steep = LengthPenalty(decay: ExponentialDecay(start: 0, factor: 1e30), endOfText: [0])
    let long = [Int32](repeating: 3, count: 500)
    #expect(try process(steep, logits, after: long) == [.greatestFiniteMagnitude, -1, -.infinity, 5])
  }

  @Test func forcedAndAllowedTokens() throws {
    let logits: [Float] = [3, -2, 7, 1]
    #expect(try process(ForcedTokens(tokens: [1, 3, 99]), logits) == [-.infinity, 0, -.infinity, 0])
    #expect(try process(AllowedTokens(tokens: [1, 3, 3, -4, 99]), logits) == [-.infinity, -2, -.infinity, 1])
  }

  @Test func theOrderIsTransformers() {
    var all = SamplingParameters()
    (all.logitBias, all.sequenceBias) = ([1: 1], [SequenceBias([1], bias: 1)])
    (all.repetitionPenalty, all.noRepeatNgramSize, all.badWords) = (2, 2, [[1]])
    (all.forcedBOSToken, all.forcedEOSTokens, all.exponentialDecay.factor) = ([1], [1], 2)
    (all.suppressTokens, all.beginSuppressTokens) = ([1], [2])
    (all.encoderRepetitionPenalty, all.encoderNoRepeatNgramSize) = (2, 2)
    (all.presencePenalty, all.allowedTokens) = (1, [1])
    let before = [
      "TokenBiases", "SequenceBiases", "PromptBonus", "RepetitionPenalty", "RepeatedNgrams", "RepeatedNgrams",
      "BadWords",
    ]
    let after = ["LengthPenalty", "SuppressedTokens"]
    let servers = ["OccurrencePenalties", "AllowedTokens"]
    #expect(kinds(all, after: [1, 2, 3], prompt: 2) == before + after + servers)
    #expect(
      kinds(all, after: [1, 2, 3], prompt: 2, isLast: true, minimum: true)
        == before + ["SuppressedTokens", "ForcedTokens"] + after + servers)
    #expect(kinds(all, after: [1, 2], prompt: 2) == before + after + ["SuppressedTokens"] + servers)
    // Behind a prompt of one token, the text begins after the forced token.
    #expect(kinds(all, after: [1], prompt: 1) == before + ["ForcedTokens"] + after + servers)
    #expect(kinds(all, after: [1, 2], prompt: 1) == before + after + ["SuppressedTokens"] + servers)
    all.forcedBOSToken = []
    #expect(kinds(all, after: [1], prompt: 1) == before + after + ["SuppressedTokens"] + servers)
  }
}
