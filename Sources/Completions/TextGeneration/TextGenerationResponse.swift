package import GPT2
package import JSON
internal import Sampling
package import Tokenizer

/// The answer to a request of text-generation-inference's form, whole or as a stream.
package struct TextGenerationResponse: Sendable {
  package let request: TextGenerationRequest
  /// The request as the model takes it.
  package let prompt: TextRequest
  package let tokenizer: Tokenizer?

  package init(_ request: TextGenerationRequest, prompt: TextRequest, tokenizer: Tokenizer?) {
    self.request = request
    self.prompt = prompt
    self.tokenizer = tokenizer
  }

  /// The answer.
  package func json(for completed: CompletedPrompt) -> JSON {
    let texts = completed.best(completed.texts.count)
    guard let best = texts.first else { return ["generated_text": .string("")] }
    guard request.wantsDetails else { return ["generated_text": .string(full(best.text))] }
    var details = self.details(best, completed)
    if texts.count > 1 {
      let others = texts.dropFirst().map { text in
        JSON.object([JSON.Member("generated_text", .string(full(text.text)))] + self.details(text, completed))
      }
      details.append(JSON.Member("best_of_sequences", .array(others)))
    }
    return ["generated_text": .string(full(best.text)), "details": .object(details)]
  }

  /// A text with the prompt, where that is wanted.
  func full(_ text: String) -> String { request.returnsFullText ? request.inputs + text : text }

  /// A token with its part of the text.
  func token(_ id: TokenID, _ text: String, _ logProbability: Double?) -> JSON {
    [
      "id": .integer(Int(id)), "text": .string(text), "logprob": logProbability.map(JSON.number) ?? .null,
      "special": .boolean(tokenizer?.isSpecial(id) ?? false),
    ]
  }

  /// The likeliest tokens in a token's place.
  func top(_ top: [TokenLogProbability]) -> JSON {
    .array(top.map { token($0.token, tokenizer.spelling($0.token), $0.logProbability) })
  }

  private func details(_ text: Continuation, _ completed: CompletedPrompt) -> [JSON.Member] {
    var decoder = tokenizer.map { StreamingDecoder($0, skippingSpecial: true) }
    let tokens = text.tokens.enumerated().map { place, id in
      token(id, decoder?.append(id) ?? "", text.logProbabilities[place])
    }
    var members = [
      JSON.Member("finish_reason", .string(text.textGenerationFinishReason)),
      JSON.Member("generated_tokens", .integer(text.tokens.count)), JSON.Member("seed", JSON(prompt.tokens.seed)),
      JSON.Member("prefill", .array(request.wantsPromptDetails ? prefill(completed) : [])),
      JSON.Member("tokens", .array(tokens)),
    ]
    if prompt.tokens.topLogProbabilities > 0 {
      members.append(JSON.Member("top_tokens", .array(text.top.map(top))))
    }
    return members
  }

  private func prefill(_ completed: CompletedPrompt) -> [JSON] {
    prompt.tokens.prompt.enumerated().dropFirst(prompt.prefixCount).map { place, id in
      let score = place > 0 && place <= completed.scores.count ? completed.scores[place - 1] : nil
      return [
        "id": .integer(Int(id)), "text": .string(tokenizer.spelling(id)),
        "logprob": score.map { .number($0.logProbability) } ?? .null,
      ]
    }
  }
}

extension Continuation {
  /// Why it ended, in text-generation-inference's words.
  var textGenerationFinishReason: String {
    switch finishReason {
    case .eos: "eos_token"
    case .stop: "stop_sequence"
    case .length, .time, nil: "length"
    }
  }
}
