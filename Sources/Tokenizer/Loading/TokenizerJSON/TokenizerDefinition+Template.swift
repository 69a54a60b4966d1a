internal import JSON

extension TokenizerDefinition {
  /// Reads the post-processor of `tokenizer.json`: what stands before and after the tokens of a text.
  mutating func readPostProcessor(_ json: JSON?, file: String, entry: String = "post_processor") throws(TokenizerError)
  {
    guard let json, !json.isNull else { return }
    switch json["type"]?.string {
    case "ByteLevel": break
    case "TemplateProcessing": try readTemplate(json, file: file, entry: entry)
    case "BertProcessing", "RobertaProcessing":
      template.before.append(try Self.namedToken(json["cls"], file: file, entry: "\(entry).cls"))
      template.after.append(try Self.namedToken(json["sep"], file: file, entry: "\(entry).sep"))
    case "Sequence":
      for (index, processor) in (json["processors"]?.array ?? []).enumerated() {
        if processor["type"]?.string == "Sequence" {
          throw TokenizerError(file, "\(entry).processors[\(index)]", "is a sequence inside a sequence")
        }
        try readPostProcessor(processor, file: file, entry: "\(entry).processors[\(index)]")
      }
    default:
      let type = json["type"]?.string ?? json.kind
      throw TokenizerError(file, "\(entry).type", "\(TokenizerError.quote(type)) is not supported")
    }
  }

  /// A template for one text: the text itself once, and special tokens around it.
  private mutating func readTemplate(_ json: JSON, file: String, entry: String) throws(TokenizerError) {
    var hasText = false
    for (index, piece) in (json["single"]?.array ?? []).enumerated() {
      let place = "\(entry).single[\(index)]"
      if let text = piece["Sequence"] {
        guard !hasText, text["id"]?.string == "A" else {
          throw TokenizerError(file, place, "expected the text once, as \"A\"")
        }
        hasText = true
        continue
      }
      guard let name = piece["SpecialToken"]?["id"]?.string,
        let ids = json["special_tokens"]?.members?.first(where: { $0.key.utf8.elementsEqual(name.utf8) })?.value["ids"]?
          .array
      else { throw TokenizerError(file, place, "expected a text or one of the special_tokens") }
      for id in ids {
        let id = try Self.tokenID(id, file: file, entry: place)
        if hasText { template.after.append(id) } else { template.before.append(id) }
      }
    }
    guard hasText else { throw TokenizerError(file, "\(entry).single", "leaves out the text") }
  }

  /// A token as `["</s>", 2]`.
  private static func namedToken(_ json: JSON?, file: String, entry: String) throws(TokenizerError) -> TokenID {
    guard let pair = json?.array, pair.count == 2 else {
      throw TokenizerError(file, entry, "expected a token and its id")
    }
    return try tokenID(pair[1], file: file, entry: entry)
  }
}
