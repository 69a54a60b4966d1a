internal import Completions
internal import GPT2
internal import JSON

extension ResultLine {
  /// A line of the output file of OpenAI's batches: the response that /v1/completions would have given.
  func openAI(_ finished: InFlightItem) -> JSON {
    let item = finished.item
    let name = requestName(item.id)
    let usage = CompletionUsage(
      promptTokens: item.requests.reduce(0) { $0 + $1.tokens.prompt.count },
      newTokens: finished.texts.reduce(0) { $0 + $1.tokens.count })
    // Readers require a time, but the time of writing would make equal results differ.
    let body = CompletionHead(id: "cmpl-" + name, created: 0, model: model).body(
      choices: finished.texts.enumerated().map { choice($1, number: $0, finished) },
      [JSON.Member("usage", usage.json)])
    return [
      "id": .string(name), "custom_id": item.id.json, "index": .integer(item.index),
      "response": ["status_code": .integer(200), "request_id": .string(name), "body": body], "error": .null,
    ]
  }

  /// The name of an item's request, the same in every run.
  func requestName(_ id: ItemID) -> String {
    let digits = String(id.key, radix: 16)
    return "batch_req_" + String(repeating: "0", count: 16 - digits.count) + digits
  }

  private func choice(_ text: Continuation, number: Int, _ finished: InFlightItem) -> JSON {
    let item = finished.item
    var logProbabilities = JSON.null
    if item.wantsLogProbabilities {
      var tokens = CompletionTokens(tokenizer)
      if item.scoresPrompt {
        let prompt = number / item.requests[0].tokens.samples
        tokens.append(promptOf: item.requests[prompt], finished.promptScores[prompt])
      }
      tokens.append(text)
      logProbabilities = tokens.json
    }
    return [
      "index": .integer(number), "text": .string(text.text), "logprobs": logProbabilities,
      "finish_reason": .string(text.completionsFinishReason),
    ]
  }
}
