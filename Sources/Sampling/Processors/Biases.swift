/// Adds to the logits of tokens.
struct TokenBiases: LogitsProcessor {
  let biases: [Int32: Double]

  func process(_ scores: inout Scores, at step: SamplingStep) {
    for (token, bias) in biases { scores.update(token) { $0.adding(Float(bias)) } }
  }
}

/// Adds to the logits of the last tokens of sequences, where the tokens before them have just been written.
struct SequenceBiases: LogitsProcessor {
  let biases: [SequenceBias]

  func process(_ scores: inout Scores, at step: SamplingStep) {
    // The sum is added at once, as transformers adds it.
    var sums: [Int32: Float] = [:]
    for sequence in biases {
      guard let last = sequence.tokens.last,
        step.tokens.suffix(sequence.tokens.count - 1).elementsEqual(sequence.tokens.dropLast())
      else { continue }
      sums[last, default: 0] += Float(sequence.bias)
    }
    for (token, sum) in sums { scores.update(token) { $0.adding(sum) } }
  }
}

extension Float {
  /// The sum, which no bias makes infinite.
  func adding(_ bias: Float) -> Float { min(self + bias, .greatestFiniteMagnitude) }
}
