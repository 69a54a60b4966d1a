package import GPT2
internal import JSON
package import Tokenizer

extension RequestField {
  /// A text, or token ids.
  package func prompt() throws(CompletionError) -> Prompt {
    if let text = value.string { return .text(text) }
    return .tokens(try tokens("a string or a list of token ids", in: .min ... .max))
  }

  /// Token ids of a model.
  package func tokens(of model: PretrainedModel) throws(CompletionError) -> [TokenID] {
    let last = model.configuration.vocabularySize - 1
    return try tokens("a list of token ids from 0 to \(last)", in: 0...(TokenID(exactly: last) ?? .max))
  }

  /// Token ids.
  ///
  /// - Parameter kind: What the field takes, for the sentence about what it does not.
  private func tokens(_ kind: String, in range: ClosedRange<TokenID>) throws(CompletionError) -> [TokenID] {
    guard let elements = value.array else { throw invalid("must be \(kind), found \(value.numberOrKind)") }
    var ids: [TokenID] = []
    ids.reserveCapacity(elements.count)
    for (place, element) in elements.enumerated() {
      guard let id = element.integer.flatMap({ TokenID(exactly: $0) }), range.contains(id) else {
        throw invalid("must be \(kind), but its element \(place) is \(element.numberOrKind)")
      }
      ids.append(id)
    }
    return ids
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
      throw invalid("must be at most \(most) prompt\(most == 1 ? "" : "s"), found \(elements.count)\(advice)")
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
