extension HostSampler {
  /// Chooses a token at random, of those that the filters keep.
  mutating func drawn(row: SamplingRow, _ parameters: SamplingParameters) throws(SamplingError) -> Int {
    try filter(row, parameters, topK: Int(row.topK))
    let total = candidates.reduce(0) { $0 + $1.mass }
    var rest = total.multipliedFullWidth(by: row.draw).high
    for candidate in candidates {
      if rest < candidate.mass { return Int(candidate.token) }
      rest -= candidate.mass
    }
    throw .nothingLeft  // not reached: rest < total
  }

  /// Leaves the candidates that the filters keep.
  mutating func filter(_ row: SamplingRow, _ parameters: SamplingParameters, topK: Int) throws(SamplingError) {
    let maximum = try scores.largest()
    if parameters.topH > 0 { keepTopH(parameters.topH, below: maximum, scale: row.scale) }
    gatherCandidates(from: threshold(topK: topK), below: maximum, scale: row.scale)
    keepNucleus(removedFraction: row.removedFraction)
    candidates.removeAll { $0.depth > row.depthLimit }
    if parameters.typicalP < 1 { keepTypical(parameters.typicalP) }
    if parameters.epsilonCutoff > 0 { cutOff(below: parameters.epsilonCutoff) }
    if parameters.etaCutoff > 0 { cutOff(belowEta: parameters.etaCutoff) }
  }

  /// The k-th largest score; minus infinity where all tokens stay.
  func threshold(topK: Int) -> Float {
    guard topK > 0, topK < scores.count else { return -.infinity }
    // The k-th largest of the maxima of 1,024 groups of scores is no larger than the k-th largest score, and close
    // to it: few scores pass it.
    var groups = [Scores.Vector](repeating: Scores.Vector(repeating: -.infinity), count: 64)
    for (index, vector) in scores.vectors.enumerated() {
      let group = groups[index % 64]
      groups[index % 64] = group.replacing(with: vector, where: vector .> group)
    }
    let maxima = groups.flatMap { vector in vector.indices.map { vector[$0] } }
    let bound = topK <= maxima.count ? Self.largest(topK, of: maxima) : -.infinity
    var passing: [Float] = []
    for vector in scores.vectors where any(vector .>= bound) {
      for lane in vector.indices where vector[lane] >= bound { passing.append(vector[lane]) }
    }
    return Self.largest(topK, of: passing)
  }

  /// The k-th largest of some scores.
  private static func largest(_ k: Int, of scores: [Float]) -> Float {
    Float(
      rank: WeightedSelection(
        wanted: UInt64(k), of: scores.count, value: { scores[$0].rank }, weight: { _ in 1 }
      ).value)
  }

  /// Collects the tokens with a score of at least `threshold` and a mass above zero.
  mutating func gatherCandidates(from threshold: Float, below maximum: Float, scale: Float) {
    candidates.removeAll(keepingCapacity: true)
    for (index, vector) in scores.vectors.enumerated() where any(vector .>= threshold) {
      for lane in vector.indices where vector[lane] >= threshold {
        let depth = TokenMass.depth(of: vector[lane], below: maximum, scale: scale)
        if depth <= TokenMass.deepest {
          let token = Int32(index * Scores.Vector.scalarCount + lane)
          candidates.append(Candidate(token: token, depth: depth, mass: TokenMass.mass(atDepth: depth)))
        }
      }
    }
  }

  /// Top-p: removes the deepest candidates while they hold at most a fraction of the mass, of equals the lower ids.
  mutating func keepNucleus(removedFraction: UInt64) {
    guard removedFraction > 0 else { return }
    let total = candidates.reduce(0) { $0 + $1.mass }
    let wanted = total - total.multipliedFullWidth(by: removedFraction).high
    let edge = WeightedSelection(
      wanted: wanted, of: candidates.count, value: { candidates[$0].depth }, weight: { candidates[$0].mass })
    var excess = edge.reached - wanted
    candidates.removeAll { candidate in
      guard candidate.depth == edge.value, excess >= candidate.mass else { return candidate.depth > edge.value }
      excess -= candidate.mass
      return true
    }
  }
}
