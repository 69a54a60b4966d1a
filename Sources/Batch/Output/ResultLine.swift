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
        "error": ["code": .string(failed.error.kind.rawValue), "message": .string(failed.error.message)],
      ])
    case .native, .openAI:
      bytes([
        "id": failed.id?.json ?? .null, "index": .integer(failed.index),
        "error": ["type": .string(failed.error.kind.rawValue), "message": .string(failed.error.message)],
      ])
    }
  }

  private func bytes(_ json: JSON) -> [UInt8] { Array(json.text.utf8) + [UInt8(ascii: "\n")] }

  // MARK: - This program's own form

  private func native(_ finished: InFlightItem) -> JSON {
    let item = finished.item
    var members = [JSON.Member("id", item.id.json), JSON.Member("index", .integer(item.index))]
    members += self.members(finished.texts[0], item)
    members.append(JSON.Member("seed", JSON(item.seed)))
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
    members.append(JSON.Member("finish_reason", .string((text.finishReason ?? .length).rawValue)))
    return members
  }
}
