internal import Engine
internal import GPT2

/// An item whose texts are being written.
struct InFlightItem {
  let item: PreparedItem
  /// Its texts: by prompts, and those of a prompt in the order of the samples.
  private(set) var texts: [Continuation]
  private(set) var unfinished: Int

  init(_ item: PreparedItem, _ model: PretrainedModel) {
    self.item = item
    texts = item.requests.flatMap { request in
      Array(repeating: Continuation(of: request, tokenizer: model.tokenizer), count: request.tokens.samples)
    }
    unfinished = texts.count
  }

  /// Whether all texts are complete.
  var isFinished: Bool { unfinished == 0 }

  /// Appends a token to a text of a prompt; returns whether that text goes on.
  mutating func append(_ token: GeneratedToken, prompt: Int) -> Bool {
    // All prompts of an item have as many samples.
    let place = prompt * item.requests[0].tokens.samples + token.sample
    guard texts.indices.contains(place), texts[place].finishReason == nil else { return false }
    _ = texts[place].append(token)
    guard texts[place].finishReason != nil else { return true }
    unfinished -= 1
    return false
  }
}
