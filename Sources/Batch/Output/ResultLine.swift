internal import Engine
internal import GPT2
internal import JSON
internal import Tokenizer

/// Writes results as lines. Nothing in a line depends on the time, the device or the other items.
struct ResultLine: Sendable {
  /// The model's name.
  let model: String
  /// The model's tokenizer; without one, there are no texts, and tokens stand beside them.
  let tokenizer: Tokenizer?

  /// The line of an item whose texts are complete.
  func line(for finished: InFlightItem) -> [UInt8] {
    switch finished.item.form {
    case .native: bytes(native(finished))
    case .openAI: bytes(openAI(finished))
    }
  }

  /// The line of an item that has no text.
  func line(for failed: FailedItem) -> [UInt8] {
    switch failed.form {
    case .openAI where failed.id != nil:
      bytes([
        "id": .string(failed.id.map(requestName) ?? ""), "custom_id": failed.id?.json ?? .null,
        "index": .integer(failed.index), "response": .null,
        "error": error(failed.error, kind: "code"),
      ])
    case .native, .openAI:
      bytes([
        "id": failed.id?.json ?? .null, "index": .integer(failed.index),
        "error": error(failed.error, kind: "type"),
      ])
    }
  }

  private func error(_ error: ItemError, kind: String) -> JSON {
    .object([
      JSON.Member(kind, .string(error.kind.rawValue)), JSON.Member("message", .string(error.message)),
      JSON.Member("retry", .boolean(error.isRetryable)),
    ])
  }

  private func bytes(_ json: JSON) -> [UInt8] { Array(json.text.utf8) + [UInt8(ascii: "\n")] }

  // MARK: - This program's own form

  private func native(_ finished: InFlightItem) -> JSON {
    let item = finished.item
    var members = [JSON.Member("id", item.id.json), JSON.Member("index", .integer(item.index))]
    members += self.members(finished.texts[0], item)
    members.append(JSON.Member("seed", JSON(item.seed)))
    if item.scoresPrompt {
      members.append(
        JSON.Member("prompt_token_ids", .array(item.requests[0].tokens.prompt.map { .integer(Int($0)) })))
      members += JSON.promptMembers(finished.promptScores[0], wantsTop: item.wantsTop)
    }
    if finished.texts.count > 1 {
      let sequences = finished.texts.map { JSON.object(self.members($0, item)) }
      members.append(JSON.Member("sequences", .array(sequences)))
    }
    return .object(members)
  }

  private func members(_ text: Continuation, _ item: PreparedItem) -> [JSON.Member] {
    var members = [
      JSON.Member("text", .string(text.text)), JSON.Member("tokens", .integer(text.tokens.count)),
    ]
    if tokenizer == nil || item.wantsLogProbabilities {
      members.append(JSON.Member("token_ids", .array(text.tokens.map { .integer(Int($0)) })))
    }
    if item.wantsLogProbabilities {
      members.append(JSON.Member("logprobs", .array(text.logProbabilities.map { .number($0) })))
    }
    if item.wantsTop { members.append(JSON.Member("top_logprobs", .array(text.top.map { JSON($0) }))) }
    if let score = text.beamScore { members.append(JSON.Member("score", .number(score))) }
    members.append(JSON.Member("finish_reason", .string((text.finishReason ?? .length).rawValue)))
    return members
  }
}
