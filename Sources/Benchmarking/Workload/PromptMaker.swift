internal import System
import Checkpoint
import GPT2
import Tokenizer

/// Makes random prompts, the same for the same seed.
struct PromptMaker {
  private let model: PretrainedModel
  /// Tokens that are whole words with a space before them: a text of them becomes the same tokens again.
  private let words: [(token: TokenID, text: String)]
  private let seed: UInt64

  /// How many different words prompts are made of.
  private static let vocabulary = 512
  /// Fewer make no text.
  private static let leastWords = 8

  init(_ model: PretrainedModel, seed: UInt64) {
    self.model = model
    self.seed = seed
    words = model.tokenizer.map { Self.words(of: $0, count: model.configuration.vocabularySize, seed: seed) } ?? []
  }

  /// The sequences of a workload.
  func items(_ workload: Workload) -> [WorkloadItem] {
    var generator = SplitMix64(seed: seed &+ 1)
    return (0..<workload.items).map { _ in
      let (length, new) = (
        Int.random(in: workload.promptTokens.range, using: &generator),
        Int.random(in: workload.newTokens.range, using: &generator)
      )
      if words.count >= Self.leastWords, let tokenizer = model.tokenizer {
        let chosen = (0..<length).map { _ in words[Int.random(in: words.indices, using: &generator)] }
        let (tokens, text) = (chosen.map(\.token), chosen.map(\.text).joined())
        return WorkloadItem(
          prompt: tokens, text: tokenizer.encode(text, addsSpecialTokens: false) == tokens ? text : nil, newTokens: new)
      }
      let ids = 0..<TokenID(model.configuration.vocabularySize)
      return WorkloadItem(
        prompt: (0..<length).map { _ in TokenID.random(in: ids, using: &generator) }, text: nil, newTokens: new)
    }
  }

  private static func words(of tokenizer: Tokenizer, count: Int, seed: UInt64) -> [(token: TokenID, text: String)] {
    var generator = SplitMix64(seed: seed)
    var found: [(token: TokenID, text: String)] = []
    var tried: Set<TokenID> = []
    for _ in 0..<20 * vocabulary where found.count < vocabulary {
      let token = TokenID.random(in: 0..<TokenID(count), using: &generator)
      guard tried.insert(token).inserted else { continue }
      let text = tokenizer.decode([token], skippingSpecial: true)
      let bytes = text.utf8
      let isWord =
        bytes.count > 1 && bytes.first == UInt8(ascii: " ")
        && bytes.dropFirst().allSatisfy { UInt8(ascii: "a")...UInt8(ascii: "z") ~= $0 | 0x20 }
      if isWord, tokenizer.encode(text, addsSpecialTokens: false) == [token] { found.append((token, text)) }
    }
    return found
  }
}
