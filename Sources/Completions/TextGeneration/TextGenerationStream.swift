package import GPT2
package import JSON

/// The events of a streamed answer of text-generation-inference's form: one a token. The texts of all tokens, joined, are the
/// whole text without the prompt.
package struct TextGenerationStream: Sendable {
  private let response: TextGenerationResponse
  private var count = 0

  package init(_ response: TextGenerationResponse) { self.response = response }

  /// A token's event.
  package mutating func chunks(for piece: TextPiece) -> [JSON] {
    count += 1
    let token = piece.token
    var members = [
      JSON.Member("index", .integer(count)),
      JSON.Member("token", response.token(token.token, piece.text, token.logProbability)),
    ]
    if response.prompt.tokens.topLogProbabilities > 0 {
      members.append(JSON.Member("top_tokens", response.top(token.top)))
    }
    let text = piece.continuation
    members.append(JSON.Member("generated_text", text.map { .string(response.full($0.text)) } ?? .null))
    members.append(
      JSON.Member(
        "details",
        text.map { text in
          [
            "finish_reason": .string(text.textGenerationFinishReason), "generated_tokens": .integer(text.tokens.count),
            "input_length": .integer(response.prompt.tokens.prompt.count), "seed": JSON(response.prompt.tokens.seed),
          ]
        } ?? .null))
    return [.object(members)]
  }
}
