internal import Engine
internal import Synchronization

/// The texts of a request, which grow on the engine's thread.
final class TextAssembler: Sendable {
  private struct State {
    var texts: [Continuation]
    var isEmpty = true
  }

  private let state: Mutex<State>

  init(_ request: TextRequest, _ pretrained: PretrainedModel) {
    let text = Continuation(of: request, tokenizer: pretrained.tokenizer)
    state = Mutex(State(texts: Array(repeating: text, count: request.tokens.samples)))
  }

  /// What a token adds, and whether it is the first of all texts.
  func append(_ token: GeneratedToken) -> (piece: TextPiece, isFirst: Bool) {
    state.withLock { state in
      let isFirst = state.isEmpty
      state.isEmpty = false
      let shown = state.texts[token.sample].tokens.isEmpty ? state.texts[token.sample].text : ""
      let added = shown + state.texts[token.sample].append(token)
      let text = state.texts[token.sample]
      let piece = TextPiece(
        sample: token.sample, text: added, token: token, continuation: text.finishReason == nil ? nil : text)
      return (piece, isFirst)
    }
  }
}
