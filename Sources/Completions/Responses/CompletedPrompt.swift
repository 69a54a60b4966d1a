internal import Engine
package import GPT2
internal import JSON
package import Sampling

/// A prompt's texts, all of which have ended.
package struct CompletedPrompt: Sendable {
  package var request: TextRequest
  /// How likely the prompt's tokens are, from the second on; empty where that was not asked for.
  package var scores: [ScoredToken]
  /// In the order of the samples, or of beams the best first.
  package var texts: [Continuation]

  /// - Parameter texts: None, where no tokens were to follow.
  package init(request: TextRequest, scores: [ScoredToken] = [], texts: [Continuation]) {
    self.request = request
    self.scores = scores
    self.texts = texts
    guard texts.isEmpty, request.tokens.newTokens.upperBound == 0 else { return }
    var text = Continuation(of: request, tokenizer: nil)
    text.endWithoutTokens()
    self.texts = Array(repeating: text, count: request.tokens.samples)
  }

  /// Those with the highest mean log-probability of their tokens, the best first; of equals, the first.
  func best(_ count: Int) -> [Continuation] {
    let means = texts.map { text in
      text.tokens.isEmpty ? 0 : text.logProbabilities.reduce(0, +) / Double(text.tokens.count)
    }
    let order = texts.indices.sorted { (means[$1], $0) < (means[$0], $1) }
    return order.prefix(count).map { texts[$0] }
  }
}

extension Continuation {
  /// Why it ended, in OpenAI's words.
  package var completionsFinishReason: String {
    [.length, .time].contains(finishReason) ? "length" : "stop"
  }

  /// The string or the token that was asked for and ended it; null where none did.
  func stopReason(_ request: TextRequest) -> JSON {
    if let stopString { return .string(stopString) }
    guard finishReason == .stop, let last = tokens.last else { return .null }
    return request.stopTokens.contains(last) ? .integer(Int(last)) : .null
  }
}
