extension HostSampler {
  /// Chooses a token at random, of those that the filters keep.
  mutating func drawn(row: SamplingRow, _ parameters: SamplingParameters) throws(SamplingError) -> Int {
    let maximum = try largestScore()
    gatherCandidates(from: threshold(topK: Int(row.topK)), below: maximum, scale: row.scale)
    keepNucleus(removedFraction: row.removedFraction)
    candidates.removeAll { $0.depth > row.depthLimit }
    if parameters.typicalP < 1 { keepTypical(parameters.typicalP) }

    let total = candidates.reduce(0) { $0 + $1.mass }
    var rest = total.multipliedFullWidth(by: row.draw).high
    for candidate in candidates {
      if rest < candidate.mass { return Int(candidate.token) }
      rest -= candidate.mass
    }
    throw .nothingLeft  // not reached: rest < total
  }

  /// The k-th largest score; minus infinity where all tokens stay.
  func threshold(topK: Int) -> Float {
    guard topK > 0, topK < scores.count * Vector.scalarCount else { return -.infinity }
    // The k-th largest of the maxima of 1,024 groups of scores is no larger than the k-th largest score, and close
    // to it: few scores pass it.
    var groups = [Vector](repeating: Vector(repeating: -.infinity), count: 64)
    for (index, vector) in scores.enumerated() {
      let group = groups[index % 64]
      groups[index % 64] = group.replacing(with: vector, where: vector .> group)
    }
    let maxima = groups.flatMap { vector in vector.indices.map { vector[$0] } }
    let bound = topK <= maxima.count ? Self.largest(topK, of: maxima) : -.infinity
    var passing: [Float] = []
    for vector in scores where any(vector .>= bound) {
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
    for (index, vector) in scores.enumerated() where any(vector .>= threshold) {
      for lane in vector.indices where vector[lane] >= threshold {
        let depth = TokenMass.depth(of: vector[lane], below: maximum, scale: scale)
        if depth <= TokenMass.deepest {
          let token = Int32(index * Vector.scalarCount + lane)
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

  /// Typical-p: keeps the candidates whose surprise is nearest the mean surprise, which is the entropy, until they hold
  /// a share of the mass. Depths are surprises but for a constant, so depths are compared with their mean.
  mutating func keepTypical(_ share: Double) {
    let total = candidates.reduce(0) { $0 + $1.mass }
    let surprise = candidates.reduce(UInt128(0)) { $0 + UInt128($1.mass) * UInt128($1.depth) }
    let mean = UInt32(surprise / UInt128(total))
    func deviation(_ candidate: Candidate) -> UInt32 {
      max(candidate.depth, mean) - min(candidate.depth, mean)
    }
    let wanted = min(total, UInt64((Double(total) * share).rounded(.up)))
    let edge = WeightedSelection(
      wanted: wanted, of: candidates.count, value: { deviation(candidates[$0]) }, weight: { candidates[$0].mass })
    candidates.removeAll { deviation($0) > edge.value }
  }
}

extension Float {
  /// An integer that falls as the number rises, for any number but a negative zero.
  var rank: UInt32 { bitPattern >> 31 == 0 ? bitPattern ^ 0x7FFF_FFFF : bitPattern }

  /// The number with a rank.
  init(rank: UInt32) { self = Float(bitPattern: Float(bitPattern: rank).rank) }
}
