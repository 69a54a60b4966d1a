internal import System

/// A token that may follow a beam.
package struct BeamCandidate: Sendable, Hashable {
  package let token: Int32
  /// Its processed log-probability.
  package let score: Double
  /// Its log-probability under the model.
  package let logProbability: Double
}

extension HostSampler {
  /// The tokens that may follow a beam: in transformers, processors act on log-probabilities where beams are searched.
  ///
  /// - Parameters:
  ///   - logits: One row, as the model gave it. (V)
  ///   - step: Where in the beam's text the tokens would stand.
  ///   - count: How many of the best are wanted, where tokens are not drawn.
  ///   - fewest: How many of the best the filters of drawing leave, where they can.
  ///   - top: How many of the model's likeliest are wanted besides.
  /// - Returns: The tokens, and the model's likeliest.
  /// - Throws: ``SamplingError`` where a logit is not finite, or nothing may follow.
  package mutating func beamCandidates(
    _ logits: UnsafeBufferPointer<Float>, row: SamplingRow, seen: TokenSet, endOfText: [Int32],
    parameters: SamplingParameters, at step: SamplingStep, count: Int, fewest: Int, top: Int
  ) throws(SamplingError) -> (tokens: [BeamCandidate], top: [TokenLogProbability]) {
    let raw = try LogitRow(logits)
    let score = TokenScore(raw, top: top)
    guard score.mass > 0 else { throw .notFinite }
    let sum = Float(raw.normalizer(mass: score.mass))
    scores.load(raw) { _, logits in logits - sum }
    for processor in parameters.processors(row, seen: seen, endOfText: endOfText, at: step) {
      processor.process(&scores, at: step)
    }

    let temperature = parameters.doSample ? parameters.temperature : 1
    let tokens = parameters.doSample ? try kept(row: row, parameters, fewest: fewest) : bestTokens(count)
    let likeliest = TokenMass.logProbability(difference: 0, of: score.mass)
    let normalizer = normalizer(of: tokens, parameters)
    let candidates = tokens.map { token in
      BeamCandidate(
        token: token, score: Double(scores[token]) / temperature - normalizer,
        logProbability: likeliest - Double(raw.maximum - raw[Int(token)]))
    }
    return (candidates, score.topLogProbabilities(top))
  }

  /// By how much scores lie above log-probabilities of what is left: of these tokens where they are drawn, else of all.
  private func normalizer(of tokens: [Int32], _ parameters: SamplingParameters) -> Double {
    guard parameters.renormalizesLogits else { return 0 }  // it is not asked for
    let left =
      parameters.doSample
      ? tokens.map { Double(scores[$0]) / parameters.temperature }
      : scores.vectors.flatMap { vector in vector.indices.map { Double(vector[$0]) } }
    guard let largest = left.max(), largest.isFinite else { return 0 }
    return largest + log(left.reduce(0) { $0 + exp($1 - largest) })
  }

  /// The tokens with the best scores, the best first.
  private func bestTokens(_ count: Int) -> [Int32] {
    let threshold = threshold(topK: count)
    var found: [(token: Int32, score: Float)] = []
    for (index, vector) in scores.vectors.enumerated() where any(vector .>= threshold) {
      for lane in vector.indices where vector[lane] >= threshold && vector[lane] > -.infinity {
        found.append((Int32(index * Scores.Vector.scalarCount + lane), vector[lane]))
      }
    }
    return found.sorted { ($0.score, $1.token) > ($1.score, $0.token) }.prefix(count).map(\.token)
  }

  /// The tokens that the filters of drawing leave.
  private mutating func kept(
    row: SamplingRow, _ parameters: SamplingParameters, fewest: Int
  ) throws(SamplingError) -> [Int32] {
    let best = bestTokens(fewest)
    try filter(row, parameters, topK: row.topK == 0 ? 0 : max(Int(row.topK), fewest))
    let kept = candidates.map(\.token)
    return kept + best.filter { !kept.contains($0) }
  }

  /// Draws some by their probabilities, without replacement.
  ///
  /// - Parameters:
  ///   - logProbabilities: Of which only the differences count.
  ///   - draw: The random bits of each.
  /// - Returns: The places of those drawn, in the order in which they were.
  package static func drawn(
    _ count: Int, byLogProbabilities logProbabilities: [Double], draw: (Int) -> UInt64
  ) -> [Int] {
    guard let largest = logProbabilities.max(), largest.isFinite else { return [] }
    let scale = SamplingRow(SamplingParameters(), draw: 0).scale
    var masses = logProbabilities.map { logProbability in
      let depth = TokenMass.depth(of: Float(logProbability - largest), below: 0, scale: scale)
      return depth > TokenMass.deepest ? 0 : TokenMass.mass(atDepth: depth)
    }
    var total = masses.reduce(0, +)
    var drawn: [Int] = []
    while drawn.count < count, total > 0 {
      var rest = total.multipliedFullWidth(by: draw(drawn.count)).high
      var place = 0
      while rest >= masses[place] {  // rest < total
        rest -= masses[place]
        place += 1
      }
      drawn.append(place)
      total -= masses[place]
      masses[place] = 0
    }
    return drawn
  }
}
