internal import System

/// Divides positive and multiplies negative logits of the tokens of prompt and continuation.
struct RepetitionPenalty: LogitsProcessor {
  let seen: TokenSet
  let penalty: Float
  let inverse: Float

  func process(_ scores: inout Scores, at step: SamplingStep) {
    seen.forEach { token in scores.update(Int32(token)) { $0 * ($0 < 0 ? penalty : inverse) } }
  }
}

/// Multiplies positive and divides negative logits of the tokens of the prompt.
struct PromptBonus: LogitsProcessor {
  let factor: Float
  let inverse: Float

  /// - Parameter penalty: Transformers' encoder_repetition_penalty, which is the inverse of a penalty.
  init(penalty: Double) {
    factor = Float(penalty)
    inverse = Float(1 / penalty)
  }

  func process(_ scores: inout Scores, at step: SamplingStep) {
    for token in Set(step.prompt) { scores.update(token) { $0 * ($0 < 0 ? inverse : factor) } }
  }
}

/// Takes from the logits of the tokens of the continuation: once, and as often as they are there. The prompt's tokens
/// do not count (https://platform.openai.com/docs/api-reference/completions/create).
struct OccurrencePenalties: LogitsProcessor {
  let presence: Float
  let frequency: Float

  func process(_ scores: inout Scores, at step: SamplingStep) {
    var counts: [Int32: Int] = [:]
    for token in step.generated { counts[token, default: 0] += 1 }
    for (token, count) in counts { scores.update(token) { $0 - frequency * Float(count) - presence } }
  }
}

/// Makes the end of a text likelier with every token that it is longer than it should be.
struct LengthPenalty: LogitsProcessor {
  let decay: ExponentialDecay
  let endOfText: [Int32]

  func process(_ scores: inout Scores, at step: SamplingStep) {
    let excess = step.generated.count - decay.start
    guard excess > 0 else { return }
    let multiple = Float(min(pow(decay.factor, Double(excess)) - 1, Double(Float.greatestFiniteMagnitude)))
    for token in Set(endOfText) {
      scores.update(token) { score in
        // What is ruled out stays so.
        score.isFinite ? score.adding(min(abs(score) * multiple, .greatestFiniteMagnitude)) : score
      }
    }
  }
}
