internal import Completions
internal import GPT2
internal import JSON

extension BatchItem {
  /// Takes the fields of an item of this program's own form.
  mutating func read(_ fields: [RequestField], ignoringUnknown: Bool) throws(CompletionError) {
    for field in fields {
      switch field.name {
      case "id": break
      case "prompt": prompts = [try field.prompt()]
      case "logprobs": options.wantsLogProbabilities = try field.boolean()
      case "preset": options.preset = try field.preset()
      default:
        if let row = SettingFields.ofItem(field.name) {
          try read(field, as: row)
        } else if !ignoringUnknown {
          throw field.unknown(
            in: "an item", among: Array(SettingFields.own.keys) + ["id", "prompt", "logprobs", "preset"])
        }
      }
    }
  }

  /// Takes an option. A table's cells are all strings: one that can be none is taken for the number in it.
  private mutating func read(_ field: RequestField, as row: any SettingRow) throws(CompletionError) {
    do throws(CompletionError) {
      try options.read(field, as: row)
    } catch {
      guard let text = field.value.string, let value = try? JSON(parsing: Array(text.utf8)), value.string == nil else {
        throw error
      }
      try options.read(RequestField(field.name, value), as: row)
    }
    fieldNames[row.setting] = field.name
  }

  /// Takes the fields of a line of OpenAI's batches: {"custom_id", "method", "url", "body"}.
  mutating func readOpenAI(_ fields: [RequestField], ignoringUnknown: Bool) throws(CompletionError) {
    var body: JSON?
    for field in fields {
      switch field.name {
      case "custom_id": break
      case "method":
        guard try field.string() == "POST" else { throw field.invalid("must be POST") }
      case "url":
        guard try field.string() == "/v1/completions" else {
          throw field.invalid("must be /v1/completions, found \(try field.string().prefix(100))")
        }
      case "body":
        guard field.value.members != nil else { throw field.invalid("must be an object, found \(field.value.kind)") }
        body = field.value
      default:
        if ignoringUnknown { continue }
        throw field.unknown(in: "a batch line", among: ["custom_id", "method", "url", "body"])
      }
    }
    guard fields.contains(where: { $0.name == "custom_id" }) else { throw .invalid("There is no 'custom_id'.") }
    guard let body else { throw .invalid("There is no 'body'.") }
    let request = try CompletionRequest(parsing: body, limits: .batch, strict: !ignoringUnknown)
    (prompts, options, model) = (request.prompts, request.options, request.model)
  }
}
