import Completions
import Engine
import Sampling
import Tokenizer

@testable import GPT2

/// Texts of given tokens, as an engine would write them: their pieces, and the whole.
struct Texts {
  let prompts: [TextRequest]
  /// The pieces of all texts, in turn.
  private(set) var pieces: [(prompt: Int, piece: TextPiece)] = []
  private(set) var completed: [CompletedPrompt]

  /// - Parameter tokens: Of each sample of each prompt; the last ends the text at the latest.
  init(_ prompts: [TextRequest], _ tokens: [[[TokenID]]], endOfText: TokenID? = nil) throws {
    self.prompts = prompts
    let tokenizer = try CompletionModelTests.model.get().tokenizer
    completed = prompts.map { request in
      let text = Continuation(of: request, tokenizer: tokenizer)
      let count = request.tokens.newTokens.upperBound == 0 ? 0 : request.tokens.samples
      return CompletedPrompt(
        request: request, scores: request.tokens.prompt.dropFirst().map { Self.score($0, request) },
        texts: Array(repeating: text, count: count))
    }
    let longest = tokens.joined().map(\.count).max() ?? 0
    for place in 0..<longest {
      for prompt in prompts.indices {
        for sample in tokens[prompt].indices where place < tokens[prompt][sample].count {
          let id = tokens[prompt][sample][place]
          let isLast = place == tokens[prompt][sample].count - 1
          append(id, isLast ? (id == endOfText ? .eos : .length) : nil, prompt, sample)
        }
      }
    }
  }

  private mutating func append(_ id: TokenID, _ finish: FinishReason?, _ prompt: Int, _ sample: Int) {
    let before = completed[prompt].texts[sample]
    guard before.finishReason == nil else { return }
    let score = Self.score(id, prompts[prompt])
    let token = GeneratedToken(
      request: prompt, sample: sample, token: id, logProbability: score.logProbability, top: score.top, finish: finish)
    let text = (before.tokens.isEmpty ? before.text : "") + completed[prompt].texts[sample].append(token)
    let after = completed[prompt].texts[sample]
    let piece = TextPiece(
      sample: sample, text: text, token: token, continuation: after.finishReason == nil ? nil : after)
    pieces.append((prompt, piece))
  }

  /// A token's made-up score.
  private static func score(_ id: TokenID, _ request: TextRequest) -> ScoredToken {
    let own = -0.25 - Double(id) / 1024
    let top = (0..<request.tokens.topLogProbabilities).map {
      TokenLogProbability(token: TokenID($0), logProbability: -0.125 - Double($0))
    }
    return ScoredToken(logProbability: own, top: top)
  }
}
