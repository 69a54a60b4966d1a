internal import Sampling
internal import JSON

extension SettingKind<[Int32]> {
  static let tokens = SettingKind(
    name: "a token id or a list of token ids", schema: .oneOrMore(tokenSchema),
    read: { tokens($0, of: token) },
    json: { JSON(tokens: $0) },
    // One below 0 or beyond 32 bits is no token's in transformers, and so changes nothing.
    readFile: { json in tokens(json, of: { $0.integer.map { Int32(exactly: $0) ?? -1 } })?.filter { $0 >= 0 } },
    readsNull: true, tokens: { $0 })

  private static func tokens(_ json: JSON, of token: (JSON) -> Int32?) -> [Int32]? {
    if json.isNull { return [] }
    return token(json).map { [$0] } ?? json.array?.map(token).unwrapped()
  }
}

extension SettingKind<[[Int32]]> {
  static let tokenLists = SettingKind(
    name: "a list of lists of token ids", schema: .list(of: .list(of: tokenSchema)),
    read: { json in json.array?.map { $0.array?.map(token).unwrapped() }.unwrapped() },
    json: { .array($0.map { JSON(tokens: $0) }) }, tokens: { Array($0.joined()) }
  ).inFiles { $0.filter { !$0.isEmpty } }  // transformers leaves lists of nothing out
}

extension SettingKind<[SequenceBias]> {
  /// As transformers writes them; of equal sequences, the last counts.
  static let sequenceBiases = SettingKind(
    name: "a list of pairs of a list of token ids and a number",
    schema: .list(of: pair(of: ["anyOf": .array([.list(of: tokenSchema), .type("number")])])),
    read: { json in
      guard let pairs = json.array?.map(sequenceBias).unwrapped() else { return nil }
      var places: [[Int32]: Int] = [:]
      var biases: [SequenceBias] = []
      for pair in pairs {
        if let place = places[pair.tokens] {
          biases[place] = pair
        } else {
          places[pair.tokens] = biases.count
          biases.append(pair)
        }
      }
      return biases
    },
    json: { .array($0.map { .array([JSON(tokens: $0.tokens), .number($0.bias)]) }) },
    tokens: { $0.flatMap(\.tokens) })

  private static func sequenceBias(_ json: JSON) -> SequenceBias? {
    guard let pair = json.array, pair.count == 2, let tokens = pair[0].array?.map(token).unwrapped(),
      let bias = pair[1].number
    else { return nil }
    return SequenceBias(tokens, bias: bias)
  }
}

extension SettingKind<[Int32: Double]> {
  /// As OpenAI's API has them: an object whose keys are token ids.
  static let tokenBiases = SettingKind(
    name: "an object of token ids and numbers",
    schema: [
      "type": .string("object"), "propertyNames": ["pattern": .string("^[0-9]{1,9}$")],
      "additionalProperties": .type("number"),
    ],
    read: { json in
      let biases = json.members?.map { member in
        Int32(member.key).flatMap { id in id < 0 ? nil : member.value.number.map { (id, $0) } }
      }.unwrapped()
      return biases.map { Dictionary($0, uniquingKeysWith: { $1 }) }
    },
    json: { .object($0.sorted { $0.key < $1.key }.map { JSON.Member(String($0.key), .number($0.value)) }) },
    tokens: { Array($0.keys) })
}

extension SettingKind<ExponentialDecay> {
  static let exponentialDecay = SettingKind(
    name: "a pair of a whole number and a number", schema: pair(of: .type("number")),
    read: { json in
      guard let pair = json.array, pair.count == 2, let start = pair[0].integer, let factor = pair[1].number else {
        return nil
      }
      return ExponentialDecay(start: start, factor: factor)
    },
    json: { .array([.integer($0.start), .number($0.factor)]) })
}

extension JSON {
  fileprivate init(tokens: [Int32]) { self = .array(tokens.map { .integer(Int($0)) }) }
}

private let tokenSchema: JSON = ["type": .string("integer"), "minimum": .integer(0)]

/// The JSON Schema of a list of two.
private func pair(of items: JSON) -> JSON {
  ["type": .string("array"), "items": items, "minItems": .integer(2), "maxItems": .integer(2)]
}

private func token(_ json: JSON) -> Int32? {
  json.integer.flatMap { Int32(exactly: $0) }.flatMap { $0 >= 0 ? $0 : nil }
}
