internal import Engine
internal import GPT2
internal import Sampling

/// An item whose texts are being written.
struct InFlightItem {
  let item: PreparedItem
  /// When it was begun.
  let start = ContinuousClock.now
  /// When the first token of any of its texts came.
  private(set) var firstToken: ContinuousClock.Instant?
  /// Its texts: by prompts, and those of a prompt in the order of the samples.
  private(set) var texts: [Continuation]
  private(set) var unfinished: Int
  /// How likely the tokens of each prompt are, from the second on, where that is wanted.
  private(set) var promptScores: [[ScoredToken]]

  init(_ item: PreparedItem, _ model: PretrainedModel) {
    self.item = item
    texts = item.requests.flatMap { request in
      Array(repeating: Continuation(of: request, tokenizer: model.tokenizer), count: request.tokens.samples)
    }
    unfinished = texts.count
    promptScores = Array(repeating: [], count: item.requests.count)
  }

  /// Whether all texts are complete.
  var isFinished: Bool { unfinished == 0 }

  /// Takes what is known of a prompt; returns whether its texts end by that, since no token is to follow.
  mutating func receive(_ scores: [ScoredToken], prompt: Int) -> Bool {
    promptScores[prompt] = scores
    guard item.requests[prompt].tokens.newTokens.upperBound == 0 else { return false }
    let samples = item.requests[0].tokens.samples
    for place in prompt * samples..<(prompt + 1) * samples {
      texts[place].endWithoutTokens()
      unfinished -= 1
    }
    return true
  }

  /// Appends a token to a text of a prompt; returns whether that text goes on.
  mutating func append(_ token: GeneratedToken, prompt: Int) -> Bool {
    // All prompts of an item have as many samples.
    let place = prompt * item.requests[0].tokens.samples + token.sample
    guard texts.indices.contains(place), texts[place].finishReason == nil else { return false }
    if firstToken == nil { firstToken = .now }
    _ = texts[place].append(token)
    guard texts[place].finishReason != nil else { return true }
    unfinished -= 1
    return false
  }
}
