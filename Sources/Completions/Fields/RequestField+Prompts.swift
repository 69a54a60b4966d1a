package import GPT2
internal import JSON

extension RequestField {
  /// A text, or token ids.
  package func prompt() throws(CompletionError) -> Prompt {
    if let text = value.string { return .text(text) }
    guard let elements = value.array else {
      throw invalid("must be a string or a list of token ids, found \(value.numberOrKind)")
    }
    var ids: [Int32] = []
    ids.reserveCapacity(elements.count)
    for (place, element) in elements.enumerated() {
      guard let id = element.integer.flatMap({ Int32(exactly: $0) }) else {
        throw invalid(
          "must be a string or a list of token ids, but its element \(place) is \(element.numberOrKind)")
      }
      ids.append(id)
    }
    return .tokens(ids)
  }

  /// As OpenAI gives prompts: a text, token ids, or a list of texts or of lists of token ids.
  ///
  /// - Parameters:
  ///   - most: The most prompts that are taken.
  ///   - advice: What to do about more, as the end of a sentence.
  package func prompts(atMost most: Int, advice: String = "") throws(CompletionError) -> [Prompt] {
    guard let elements = value.array, let first = elements.first, first.string != nil || first.array != nil else {
      return [try prompt()]
    }
    guard elements.count <= most else {
      throw invalid("must be at most \(most) prompts, found \(elements.count)\(advice)")
    }
    var prompts: [Prompt] = []
    for (place, element) in elements.enumerated() {
      guard (element.string != nil) == (first.string != nil), element.string != nil || element.array != nil else {
        throw invalid(
          "must be texts or lists of token ids, all of one kind, but its element \(place) is \(element.kind)")
      }
      prompts.append(try RequestField("\(name)[\(place)]", element).prompt())
    }
    return prompts
  }
}
