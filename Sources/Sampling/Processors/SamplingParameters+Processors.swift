extension SamplingParameters {
  /// What changes the scores of a step, in the order in which it does so: transformers' (`_get_logits_processor`), with
  /// what servers add before the first and after the last.
  ///
  /// Three of transformers' are left out. `renormalize_logits` changes no choice, since masses are shares of their sum,
  /// but the scores of beams, which see to it. `remove_invalid_values` has nothing to do: logits that are not finite are
  /// an error here, not a text. Watermarks are not supported.
  ///
  /// - Parameters:
  ///   - row: Tells of the repetition penalty, and whether the text is too short to end.
  ///   - seen: The tokens that the repetition penalty concerns.
  ///   - endOfText: The tokens that end a text.
  ///   - step: Where in the text the token is chosen.
  func processors(
    _ row: SamplingRow, seen: TokenSet, endOfText: [Int32], at step: SamplingStep
  ) -> [any LogitsProcessor] {
    var processors: [any LogitsProcessor] = []
    if !logitBias.isEmpty { processors.append(TokenBiases(biases: logitBias)) }
    if !sequenceBias.isEmpty { processors.append(SequenceBiases(biases: sequenceBias)) }
    if encoderRepetitionPenalty != 1 { processors.append(PromptBonus(penalty: encoderRepetitionPenalty)) }
    if row.flags.contains(.penalize) {
      processors.append(RepetitionPenalty(seen: seen, penalty: row.penalty, inverse: row.inversePenalty))
    }
    if noRepeatNgramSize > 0 { processors.append(RepeatedNgrams(size: noRepeatNgramSize)) }
    if encoderNoRepeatNgramSize > 0 {
      processors.append(RepeatedNgrams(size: encoderNoRepeatNgramSize, isOfPrompt: true))
    }
    if !badWords.isEmpty { processors.append(BadWords(words: badWords, endOfText: endOfText)) }
    if row.flags.contains(.suppressEndOfText) { processors.append(SuppressedTokens(tokens: endOfText)) }
    let isForced = !forcedBOSToken.isEmpty
    if isForced, step.tokens.count == 1 { processors.append(ForcedTokens(tokens: forcedBOSToken)) }
    if step.isLast, !forcedEOSTokens.isEmpty { processors.append(ForcedTokens(tokens: forcedEOSTokens)) }
    if exponentialDecay.factor != 1 {
      processors.append(LengthPenalty(decay: exponentialDecay, endOfText: endOfText))
    }
    if !suppressTokens.isEmpty { processors.append(SuppressedTokens(tokens: suppressTokens)) }
    // Behind a prompt of one token the text begins with the forced one, if there is one.
    let begin = isForced && step.promptCount == 1 ? 1 : 0
    if step.generated.count == begin, !beginSuppressTokens.isEmpty {
      processors.append(SuppressedTokens(tokens: beginSuppressTokens))
    }
    if presencePenalty != 0 || frequencyPenalty != 0 {
      processors.append(OccurrencePenalties(presence: Float(presencePenalty), frequency: Float(frequencyPenalty)))
    }
    if !allowedTokens.isEmpty { processors.append(AllowedTokens(tokens: allowedTokens)) }
    return processors
  }
}
