/// One of these tokens comes next, all equally likely.
struct ForcedTokens: LogitsProcessor {
  let tokens: [Int32]

  func process(_ scores: inout Scores, at step: SamplingStep) {
    scores.allowOnly(tokens.map { ($0, 0) })
  }
}

/// No token but these comes.
struct AllowedTokens: LogitsProcessor {
  let tokens: [Int32]

  func process(_ scores: inout Scores, at step: SamplingStep) {
    scores.allowOnly(tokens.map { ($0, scores[$0]) })
  }
}
