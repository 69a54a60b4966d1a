package import GPT2
package import JSON
package import Tokenizer

/// The answer to a request, once its texts are there.
package struct CompletionResponse: Sendable {
  package let head: CompletionHead
  package let request: CompletionRequest
  /// The request as the model takes it.
  package let prompts: [TextRequest]
  package let tokenizer: Tokenizer?

  package init(_ head: CompletionHead, _ request: CompletionRequest, prompts: [TextRequest], tokenizer: Tokenizer?) {
    self.head = head
    self.request = request
    self.prompts = prompts
    self.tokenizer = tokenizer
  }

  /// The answer.
  ///
  /// - Parameter completed: The prompts' texts, in the order of ``prompts``.
  package func json(for completed: [CompletedPrompt]) -> JSON {
    var choices: [JSON] = []
    var usage = CompletionUsage()
    for prompt in completed {
      usage.promptTokens += prompt.request.tokens.prompt.count
      usage.newTokens += prompt.texts.reduce(0) { $0 + $1.tokens.count }
      let isChosen = prompt.texts.count > samples(prompt.request)
      for text in isChosen ? prompt.best(samples(prompt.request)) : prompt.texts {
        choices.append(choice(text, number: choices.count, prompt))
      }
    }
    return head.body(choices: choices, [JSON.Member("usage", usage.json), seed])
  }

  /// How many texts of a prompt are given back.
  func samples(_ prompt: TextRequest) -> Int {
    request.bestOf == nil ? prompt.tokens.samples : min(request.samples, prompt.tokens.samples)
  }

  /// The key of the random numbers, drawn where none was asked for.
  var seed: JSON.Member { JSON.Member("seed", prompts.first.map { JSON($0.tokens.seed) } ?? .null) }

  private func choice(_ text: Continuation, number: Int, _ prompt: CompletedPrompt) -> JSON {
    var logProbabilities = JSON.null
    if request.logProbabilities != nil {
      var tokens = CompletionTokens(tokenizer)
      if request.echo { tokens.append(promptOf: prompt.request, prompt.scores) }
      tokens.append(text)
      logProbabilities = tokens.json
    }
    var members = Self.members(
      number, text.text, logProbabilities, finishReason: .string(text.completionsFinishReason),
      stopReason: text.stopReason(prompt.request))
    if request.returnsTokenIDs {
      members.append(JSON.Member("token_ids", JSON(tokens: text.tokens)))
      members.append(JSON.Member("prompt_token_ids", JSON(tokens: prompt.request.tokens.prompt)))
    }
    return .object(members)
  }

  /// A choice, of an answer or an event.
  static func members(
    _ number: Int, _ text: String, _ logProbabilities: JSON, finishReason: JSON, stopReason: JSON
  ) -> [JSON.Member] {
    [
      JSON.Member("index", .integer(number)), JSON.Member("text", .string(text)),
      JSON.Member("logprobs", logProbabilities), JSON.Member("finish_reason", finishReason),
      JSON.Member("stop_reason", stopReason),
    ]
  }
}

extension JSON {
  init(tokens: [TokenID]) { self = .array(tokens.map { .integer(Int($0)) }) }
}
