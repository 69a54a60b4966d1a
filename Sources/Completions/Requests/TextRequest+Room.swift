internal import Engine
internal import GPT2
internal import Tokenizer

extension TextRequest {
  /// Refuses tokens that were asked for and have no room: a text that ends before would look as if it had ended.
  func checkRoom(for wanted: Int?, _ model: PretrainedModel, param: String) throws(CompletionError) {
    let contextLength = model.configuration.contextLength
    guard let wanted, wanted > contextLength - tokens.prompt.count else { return }
    throw .invalid(
      "The model's context has \(contextLength) tokens, but the prompt has \(tokens.prompt.count) and \(wanted) are to "
        + "follow: shorten the prompt, or ask for fewer.", param: param, code: .contextLengthExceeded)
  }
}

extension Prompt {
  /// The prompt without its first tokens, where there are more than may be.
  func truncated(
    to count: Int?, _ model: PretrainedModel, parsesSpecial: Bool
  ) throws(SettingsError) -> Prompt {
    guard let count else { return self }
    switch self {
    case .tokens(let ids): return .tokens(ids.suffix(count))
    case .text(let text):
      let ids = try model.encode(text, special: parsesSpecial ? .recognized : .plain)
      return ids.count > count ? .tokens(ids.suffix(count)) : self
    }
  }
}
