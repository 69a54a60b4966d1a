internal import GPT2
internal import JSON

extension OpenAPI {
  /// The bodies of requests.
  var requestSchemas: [JSON.Member] {
    [
      JSON.Member("CompletionRequest", object(completionFields, example: ["prompt": .string("My dream is")])),
      JSON.Member(
        "TextGenerationRequest",
        object(
          [
            ("inputs", ["type": .string("string"), "minLength": .integer(1)]),
            ("parameters", object(textGenerationFields)), ("stream", .type("boolean")),
          ], required: ["inputs"], example: ["inputs": .string("My dream is")])),
      JSON.Member(
        "TokenizeRequest",
        object(
          [
            ("prompt", .type("string")), ("model", .type("string")), ("parse_special", .type("boolean")),
            ("add_special_tokens", .type("boolean")), ("return_token_strs", .type("boolean")),
          ], required: ["prompt"], example: ["prompt": .string("My dream is")])),
      JSON.Member(
        "DetokenizeRequest",
        object(
          [("tokens", .list(of: Self.token)), ("model", .type("string"))], required: ["tokens"],
          example: ["tokens": .array([.integer(1)])])),
    ]
  }

  private static let token: JSON = ["type": .string("integer"), "minimum": .integer(0)]

  private var completionFields: [(String, JSON)] {
    let text: JSON = ["type": .string("string"), "minLength": .integer(1)]
    let tokens: JSON = ["type": .string("array"), "items": Self.token, "minItems": .integer(1)]
    func several(_ items: JSON) -> JSON {
      [
        "type": .string("array"), "items": items, "minItems": .integer(1),
        "maxItems": .integer(limits.mostPrompts),
      ]
    }
    let prompts: JSON = ["anyOf": .array([text, several(text), tokens, several(tokens)])]
    var fields: [(String, JSON)] = [
      ("model", .type("string")), ("prompt", prompts), ("logprobs", .integers(0...limits.maximumLogProbabilities)),
      ("best_of", .integers(1...(limits.maximumSamples ?? 64))), ("stream", .type("boolean")),
      ("stream_options", object([("include_usage", .type("boolean"))])), ("suffix", ["enum": .array([.string("")])]),
      ("user", .type("string")), ("metadata", .type("object")), ("store", .type("boolean")),
      ("service_tier", .type("string")), ("return_token_ids", .type("boolean")), ("parse_special", .type("boolean")),
      ("truncate_prompt_tokens", ["type": .string("integer"), "minimum": .integer(1)]),
      ("preset", ["enum": .array(SettingsPreset.allCases.map { .string($0.rawValue) })]),
    ]
    let settings = SettingFields.all.merging(
      SettingFields.aliases.compactMapValues { SettingFields.own[$0] }, uniquingKeysWith: { first, _ in first })
    for (name, row) in settings.sorted(by: { $0.key < $1.key }) { fields.append((name, schema(row, of: name))) }
    return fields
  }

  private var textGenerationFields: [(String, JSON)] {
    [
      ("do_sample", .type("boolean")), ("best_of", .integers(1...(limits.maximumSamples ?? 64))),
      ("details", .type("boolean")), ("decoder_input_details", .type("boolean")),
      ("return_full_text", .type("boolean")), ("top_n_tokens", .integers(0...limits.maximumLogProbabilities)),
      ("truncate", ["type": .string("integer"), "minimum": .integer(1)]),
      ("watermark", ["enum": .array([.boolean(false)])]),
    ] + TextGenerationRequest.settings.sorted { $0.key < $1.key }.map { ($0, schema($1, leastTokens: 1)) }
  }

  /// A setting's, with its meaning, by a field's name.
  ///
  /// - Parameter leastTokens: The fewest new tokens that may be asked for.
  private func schema(_ row: any SettingRow, of name: String? = nil, leastTokens: Int = 0) -> JSON {
    var schema: JSON
    switch row.setting {
    case .badWords where name != row.setting.rawValue:
      schema = .oneOrMore(["type": .string("string"), "minLength": .integer(1)])
    // 0 is for the likeliest tokens, and for none.
    case .temperature: schema = ["type": .string("number"), "minimum": .integer(0)]
    case .maxNewTokens: schema = ["type": .string("integer"), "minimum": .integer(leastTokens)]
    case .samples, .beams: schema = .integers(1...(limits.most(of: row.setting) ?? 64))
    default: schema = row.schema
    }
    // Defaults are those of a request, not of the command line.
    let help = row.columns.help.replacing(#/ \(default[^)]*\)/#, with: "")
    if !help.isEmpty { schema = schema.with([JSON.Member("description", .string(help))]) }
    return schema
  }

  /// An object of fields that may be left out or null, but for some.
  private func object(_ fields: [(String, JSON)], required: [String] = [], example: JSON? = nil) -> JSON {
    var members = [
      JSON.Member("type", .string("object")),
      JSON.Member(
        "properties",
        .object(fields.map { name, schema in JSON.Member(name, required.contains(name) ? schema : schema.orNull) })),
      JSON.Member("additionalProperties", .boolean(false)),
    ]
    if !required.isEmpty { members.append(JSON.Member("required", .array(required.map { .string($0) }))) }
    if let example { members.append(JSON.Member("examples", .array([example]))) }
    return .object(members)
  }
}

extension JSON {
  /// The schema of whole numbers.
  fileprivate static func integers(_ range: ClosedRange<Int>) -> JSON {
    ["type": .string("integer"), "minimum": .integer(range.lowerBound), "maximum": .integer(range.upperBound)]
  }

  /// A schema of the same values and null.
  var orNull: JSON {
    guard let members else { return self }
    return .object(
      members.map { member in
        switch member.key {
        case "type": JSON.Member("type", .array([member.value, .string("null")]))
        case "anyOf": JSON.Member("anyOf", .array((member.value.array ?? []) + [.type("null")]))
        case "enum": JSON.Member("enum", .array((member.value.array ?? []) + [.null]))
        default: member
        }
      })
  }

  static func reference(_ name: String) -> JSON { ["$ref": .string("#/components/schemas/\(name)")] }
}
