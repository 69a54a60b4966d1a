import Foundation
import Sampling

/// The logits processors of transformers 5, naively and in Double, to compare ``HostSampler`` with.
struct SamplingOracle {
  /// The processed scores; minus infinity for tokens removed.
  var scores: [Double]
  /// How near a cumulative probability came to its threshold: below about 10⁻⁶ rounding may decide.
  var margin = 1.0

  init(_ logits: [Float], _ parameters: SamplingParameters, seen: [Int32] = [], suppressed: [Int32] = []) {
    scores = logits.map(Double.init)
    for token in Set(seen) {
      let score = scores[Int(token)]
      scores[Int(token)] =
        score < 0 ? score * parameters.repetitionPenalty : score / parameters.repetitionPenalty
    }
    for token in suppressed { scores[Int(token)] = -.infinity }
    guard parameters.doSample else { return }
    scores = scores.map { $0 / parameters.temperature }
    if parameters.topK > 0 {
      let threshold = scores.sorted(by: >)[min(parameters.topK, scores.count) - 1]
      let scores = scores
      remove { scores[$0] < threshold }
    }
    if parameters.topP < 1 { keepNucleus(parameters.topP) }
    if parameters.minP > 0 {
      let probabilities = probabilities
      let floor = parameters.minP * (probabilities.max() ?? 0)
      remove { probabilities[$0] < floor }
    }
    if parameters.typicalP < 1 { keepTypical(parameters.typicalP) }
  }

  /// The softmax of the scores.
  var probabilities: [Double] {
    let maximum = scores.max() ?? 0
    let powers = scores.map { exp($0 - maximum) }
    let total = powers.reduce(0, +)
    return powers.map { $0 / total }
  }

  /// The tokens that may be chosen.
  var kept: [Int32] { scores.indices.filter { scores[$0] > -.infinity }.map(Int32.init) }

  private mutating func remove(where isRemoved: (Int) -> Bool) {
    for token in scores.indices.filter(isRemoved) { scores[token] = -.infinity }
  }

  private mutating func keepNucleus(_ topP: Double) {
    let probabilities = probabilities
    let ascending = scores.indices.sorted { (scores[$0], $0) < (scores[$1], $1) }
    var cumulative = 0.0
    for token in ascending.dropLast() {
      cumulative += probabilities[token]
      if scores[token] > -.infinity { margin = min(margin, abs(cumulative - (1 - topP))) }
      if cumulative <= 1 - topP { scores[token] = -.infinity }
    }
  }

  private mutating func keepTypical(_ share: Double) {
    let probabilities = probabilities
    let entropy = probabilities.reduce(0) { $0 - ($1 > 0 ? $1 * log($1) : 0) }
    let deviations = probabilities.map { abs(-log($0) - entropy) }
    let order = deviations.indices.sorted { deviations[$0] < deviations[$1] }
    var cumulative = 0.0
    var last = 0
    for token in order {
      cumulative += probabilities[token]
      margin = min(margin, abs(cumulative - share))
      if cumulative < share { last += 1 }
    }
    let edge = deviations[order[min(last, order.count - 1)]]
    remove { deviations[$0] > edge }
  }
}
