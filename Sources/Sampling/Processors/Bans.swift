/// No n-gram of the prompt and the continuation comes again, or none of the prompt.
struct RepeatedNgrams: LogitsProcessor {
  let size: Int
  var isOfPrompt = false

  func process(_ scores: inout Scores, at step: SamplingStep) {
    scores.ruleOut(banned(after: step.tokens, from: isOfPrompt ? step.prompt : step.tokens[...]))
  }

  /// The tokens that would complete an n-gram which is there already.
  ///
  /// - Parameter text: Where it is: the beginning of the history, or all.
  func banned(after history: [Int32], from text: ArraySlice<Int32>) -> [Int32] {
    guard size > 0, text.count >= size else { return [] }
    let stem = history.suffix(size - 1)
    return (0...(text.count - size)).filter { text[$0..<($0 + size - 1)].elementsEqual(stem) }.map {
      text[$0 + size - 1]
    }
  }
}

/// Sequences of tokens that must not come about: of several tokens, the last may not follow the others.
struct BadWords: LogitsProcessor {
  let words: [[Int32]]
  /// Alone they are no bad words: a text could not end.
  let endOfText: [Int32]

  func process(_ scores: inout Scores, at step: SamplingStep) { scores.ruleOut(banned(after: step.tokens)) }

  /// The tokens that would complete a word.
  func banned(after history: [Int32]) -> [Int32] {
    words.compactMap { word in
      guard let last = word.last, history.suffix(word.count - 1).elementsEqual(word.dropLast()) else { return nil }
      return word.count == 1 && endOfText.contains(last) ? nil : last
    }
  }
}

/// Tokens that are not chosen.
struct SuppressedTokens: LogitsProcessor {
  let tokens: [Int32]

  func process(_ scores: inout Scores, at step: SamplingStep) { scores.ruleOut(tokens) }
}
