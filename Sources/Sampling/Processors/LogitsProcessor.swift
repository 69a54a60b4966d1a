/// What one option does to the scores of a step before a token is chosen.
protocol LogitsProcessor {
  /// Changes the scores.
  func process(_ scores: inout Scores, at step: SamplingStep)
}
