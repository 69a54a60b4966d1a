internal import Engine
internal import GPT2
internal import JSON
internal import Tokenizer

extension ResultLine {
  /// A line of the output file of OpenAI's batches: the response that /v1/completions would have given.
  func openAI(_ finished: InFlightItem) -> JSON {
    let item = finished.item
    let name = requestName(item.id)
    let newTokens = finished.texts.reduce(0) { $0 + $1.tokens.count }
    let promptTokens = item.requests.reduce(0) { $0 + $1.tokens.prompt.count }
    let body: JSON = [
      "id": .string("cmpl-" + name), "object": .string("text_completion"),
      // Readers require a time, but the time of writing would make equal results differ.
      "created": .integer(0),
      "model": .string(model),
      "choices": .array(finished.texts.enumerated().map { choice($1, number: $0, item) }),
      "usage": [
        "prompt_tokens": .integer(promptTokens), "completion_tokens": .integer(newTokens),
        "total_tokens": .integer(promptTokens + newTokens),
      ],
    ]
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

  private func choice(_ text: Continuation, number: Int, _ item: PreparedItem) -> JSON {
    var logProbabilities = JSON.null
    if item.wantsLogProbabilities {
      logProbabilities = [
        "tokens": .array(text.tokens.map { .string(spelling($0)) }),
        "token_logprobs": .array(text.logProbabilities.map { .number($0) }), "top_logprobs": .null,
      ]
    }
    return [
      "index": .integer(number), "text": .string(text.text), "logprobs": logProbabilities,
      "finish_reason": .string(text.finishReason == .length ? "length" : "stop"),
    ]
  }

  /// A token's text; by its number where it is no text of its own.
  private func spelling(_ token: Int32) -> String {
    tokenizer?.bytes(of: token).flatMap { String(validating: $0, as: UTF8.self) } ?? "token_id:\(token)"
  }
}
