package import GPT2
package import JSON
package import Sampling
package import Tokenizer

/// The tokens of a choice as OpenAI's API gives them: four lists of one length.
package struct CompletionTokens: Sendable {
  private let tokenizer: Tokenizer?
  private var decoder: StreamingDecoder?
  private var tokens: [JSON] = []
  private var logProbabilities: [JSON] = []
  private var top: [JSON] = []
  /// Where each token begins in the text, in code points.
  private var offsets: [JSON] = []
  private var offset = 0

  package init(_ tokenizer: Tokenizer?) {
    self.tokenizer = tokenizer
    decoder = tokenizer.map { StreamingDecoder($0, skippingSpecial: true) }
  }

  /// Adds a token.
  ///
  /// - Parameters:
  ///   - logProbability: Nil for the first of a text, which nothing precedes.
  ///   - likeliest: The likeliest tokens in its place; the token itself alone where none were asked for.
  package mutating func append(_ token: TokenID, _ logProbability: Double?, likeliest: [TokenLogProbability]) {
    tokens.append(.string(tokenizer.spelling(token)))
    offsets.append(.integer(offset))
    offset += decoder?.append(token).unicodeScalars.count ?? 0
    guard let logProbability else {
      logProbabilities.append(.null)
      top.append(.null)
      return
    }
    logProbabilities.append(.number(logProbability))
    var entries = likeliest
    if !entries.contains(where: { $0.token == token }) {
      entries.append(TokenLogProbability(token: token, logProbability: logProbability))
    }
    top.append(.object(entries.map { JSON.Member(tokenizer.spelling($0.token), .number($0.logProbability)) }))
  }

  /// Adds the tokens of a prompt, without its prefix, as far as it was scored.
  package mutating func append(promptOf request: TextRequest, _ scores: [ScoredToken]) {
    for (place, token) in request.tokens.prompt.enumerated().dropFirst(request.prefixCount) {
      let score = place > 0 && place <= scores.count ? scores[place - 1] : nil
      append(token, score?.logProbability, likeliest: score?.top ?? [])
    }
  }

  /// Adds the tokens of a text.
  package mutating func append(_ text: Continuation) {
    for (place, token) in text.tokens.enumerated() {
      append(token, text.logProbabilities[place], likeliest: text.top[place])
    }
  }

  /// The lists.
  package var json: JSON {
    [
      "tokens": .array(tokens), "token_logprobs": .array(logProbabilities), "top_logprobs": .array(top),
      "text_offset": .array(offsets),
    ]
  }

  /// The lists of the tokens added since the last time; null for none.
  mutating func take() -> JSON {
    guard !tokens.isEmpty else { return .null }
    defer { (tokens, logProbabilities, top, offsets) = ([], [], [], []) }
    return json
  }
}

extension Tokenizer? {
  /// A token's text; by its number where it is no text of its own.
  func spelling(_ token: TokenID) -> String {
    self?.bytes(of: token).flatMap { String(validating: $0, as: UTF8.self) } ?? "token_id:\(token)"
  }
}
