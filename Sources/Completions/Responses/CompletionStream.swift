package import GPT2
package import JSON
package import Sampling
internal import Tokenizer

/// The events of a streamed answer: each has text of one choice; a choice ends with an event that has no text. Joined, texts,
/// tokens and offsets are those of the whole answer.
package struct CompletionStream: Sendable {
  /// What has come of a choice that no event has had yet.
  private struct Choice {
    var tokens: CompletionTokens
    var ids: [TokenID] = []
    /// The prompt's, for the first event.
    var promptIDs: [TokenID]?
    var hasBegun = false
  }

  private let response: CompletionResponse
  private var choices: [Choice]
  private var scores: [[ScoredToken]]
  private var usage = CompletionUsage()

  /// What follows the last event.
  package static let done = "[DONE]"

  package init(_ response: CompletionResponse) {
    self.response = response
    choices = Array(
      repeating: Choice(tokens: CompletionTokens(response.tokenizer)),
      count: response.prompts.reduce(0) { $0 + $1.tokens.samples })
    scores = Array(repeating: [], count: response.prompts.count)
    usage.promptTokens = response.prompts.reduce(0) { $0 + $1.tokens.prompt.count }
  }

  /// The events once a prompt is computed: those of its texts, where no tokens are to follow.
  ///
  /// - Parameter scores: How likely its tokens are, from the second on.
  package mutating func begin(prompt: Int, scores: [ScoredToken]) -> [JSON] {
    self.scores[prompt] = scores
    let request = response.prompts[prompt]
    guard request.tokens.newTokens.upperBound == 0 else { return [] }
    return (0..<request.tokens.samples).flatMap { sample in
      let number = number(sample, prompt)
      begin(number, prompt)
      return text(request.shown, number) + [end(number, reason: "length", stop: .null)]
    }
  }

  /// The events of a token: of the text that became certain by it, and of the text's end.
  package mutating func chunks(for piece: TextPiece, prompt: Int) -> [JSON] {
    let number = number(piece.sample, prompt)
    begin(number, prompt)
    let token = piece.token
    usage.newTokens += 1
    if response.request.returnsTokenIDs { choices[number].ids.append(token.token) }
    if response.request.logProbabilities != nil {
      choices[number].tokens.append(token.token, token.logProbability, likeliest: token.top)
    }
    let events = text(piece.text, number)
    guard let text = piece.continuation else { return events }
    let stop = text.stopReason(response.prompts[prompt])
    return events + [end(number, reason: text.completionsFinishReason, stop: stop)]
  }

  /// The events after those of all texts.
  package func end() -> [JSON] {
    response.request.includesUsage ? [response.head.body(choices: [], [JSON.Member("usage", usage.json)])] : []
  }

  /// The place of a text among all choices.
  private func number(_ sample: Int, _ prompt: Int) -> Int {
    // All prompts have as many samples.
    prompt * response.prompts[prompt].tokens.samples + sample
  }

  /// Adds the prompt's tokens, where they are part of the choice.
  private mutating func begin(_ number: Int, _ prompt: Int) {
    guard !choices[number].hasBegun else { return }
    choices[number].hasBegun = true
    if response.request.logProbabilities != nil, response.request.echo {
      choices[number].tokens.append(promptOf: response.prompts[prompt], scores[prompt])
    }
    if response.request.returnsTokenIDs { choices[number].promptIDs = response.prompts[prompt].tokens.prompt }
  }

  private mutating func text(_ text: String, _ number: Int) -> [JSON] {
    text.isEmpty ? [] : [event(text, number, finishReason: .null, stopReason: .null)]
  }

  private mutating func end(_ number: Int, reason: String, stop: JSON) -> JSON {
    event("", number, finishReason: .string(reason), stopReason: stop)
  }

  private mutating func event(_ text: String, _ number: Int, finishReason: JSON, stopReason: JSON) -> JSON {
    var members = CompletionResponse.members(
      number, text, choices[number].tokens.take(), finishReason: finishReason, stopReason: stopReason)
    if response.request.returnsTokenIDs {
      members.append(JSON.Member("token_ids", JSON(tokens: choices[number].ids)))
      choices[number].ids = []
      if let ids = choices[number].promptIDs { members.append(JSON.Member("prompt_token_ids", JSON(tokens: ids))) }
      choices[number].promptIDs = nil
    }
    let more = response.request.includesUsage ? [JSON.Member("usage", .null)] : []
    return response.head.body(choices: [.object(members)], more + [response.seed])
  }
}
