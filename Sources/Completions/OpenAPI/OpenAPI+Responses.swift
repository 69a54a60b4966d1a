internal import GPT2
internal import JSON

extension OpenAPI {
  /// The answers.
  var responseSchemas: [JSON.Member] {
    let (text, integer, number) = (JSON.type("string"), JSON.type("integer"), JSON.type("number"))
    let logProbabilities = answer([
      ("tokens", .list(of: text)), ("token_logprobs", .list(of: number.orNull)),
      ("top_logprobs", .list(of: ["type": .array([.string("object"), .string("null")])])),
      ("text_offset", .list(of: integer)),
    ])
    let choice = answer(
      [
        ("index", integer), ("text", text), ("logprobs", ["anyOf": .array([logProbabilities, .type("null")])]),
        ("finish_reason", text.orNull),
        ("stop_reason", ["type": .array(["string", "integer", "null"].map(JSON.string))]),
      ], more: [("token_ids", .list(of: integer)), ("prompt_token_ids", .list(of: integer))])
    let usage = answer([("prompt_tokens", integer), ("completion_tokens", integer), ("total_tokens", integer)])
    let completion = answer(
      [
        ("id", text), ("object", ["const": .string("text_completion")]), ("created", integer), ("model", text),
        ("choices", .list(of: choice)), ("usage", usage),
        ("seed", ["type": .array(["string", "integer"].map(JSON.string))]),
      ], more: [("system_fingerprint", text)])
    let model = answer([
      ("id", text), ("object", ["const": .string("model")]), ("created", integer), ("owned_by", text),
      ("max_model_len", integer), ("revision", text.orNull),
    ])
    let openAIError = answer([
      ("error", answer([("message", text), ("type", text), ("param", text.orNull), ("code", text.orNull)]))
    ])
    return [
      JSON.Member("Completion", completion), JSON.Member("Model", model),
      JSON.Member("ModelList", answer([("object", ["const": .string("list")]), ("data", .list(of: model))])),
      JSON.Member("TextGeneration", answer([("generated_text", text)], more: [("details", .type("object"))])),
      JSON.Member(
        "Tokens",
        answer(
          [("tokens", .list(of: integer)), ("count", integer), ("max_model_len", integer)],
          more: [("token_strs", .list(of: text))])),
      JSON.Member("Text", answer([("prompt", text)])),
      JSON.Member(
        "TokenizerInfo",
        answer([
          ("tokenizer_class", text), ("bos_token", text.orNull), ("eos_token", text.orNull), ("pad_token", text.orNull),
          ("vocab_size", integer),
        ])),
      JSON.Member("Health", answer([("status", text)])),
      JSON.Member("Version", answer([("version", text)])),
      JSON.Member(
        "Error",
        ["anyOf": .array([openAIError, answer([("error", text), ("error_type", text)]), .reference("Health")])]
      ),
    ]
  }

  /// An object that always has some members, and sometimes more.
  private func answer(_ members: [(String, JSON)], more: [(String, JSON)] = []) -> JSON {
    [
      "type": .string("object"), "properties": .object((members + more).map { JSON.Member($0, $1) }),
      "required": .array(members.map { .string($0.0) }),
    ]
  }
}
