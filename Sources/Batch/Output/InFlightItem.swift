internal import Engine
internal import GPT2

/// An item whose texts are being written.
struct InFlightItem {
  let item: PreparedItem
  /// Its texts, in the order of the samples.
  private(set) var texts: [Continuation]
  private var unfinished: Int

  init(_ item: PreparedItem, _ model: PretrainedModel) {
    self.item = item
    texts = Array(
      repeating: Continuation(of: item.request, tokenizer: model.tokenizer), count: item.request.tokens.samples)
    unfinished = texts.count
  }

  /// Whether all texts are complete.
  var isFinished: Bool { unfinished == 0 }

  /// Appends a token; returns whether its text goes on.
  mutating func append(_ token: GeneratedToken) -> Bool {
    guard texts.indices.contains(token.sample), texts[token.sample].finishReason == nil else { return false }
    _ = texts[token.sample].append(token)
    guard texts[token.sample].finishReason != nil else { return true }
    unfinished -= 1
    return false
  }
}
