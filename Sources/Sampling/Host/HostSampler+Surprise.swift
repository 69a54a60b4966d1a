internal import System

// The filters that ask how surprising tokens are: those that only the host has.
extension HostSampler {
  /// Top-h: keeps the likeliest tokens, at most 100, while their terms of the entropy add up to at most a share of it,
  /// and the likeliest in any case. Of equals the lower ids come first; transformers leaves that to its sorting.
  mutating func keepTopH(_ share: Double, below maximum: Float, scale: Float) {
    let most = 100
    gatherCandidates(from: threshold(topK: most), below: maximum, scale: scale)
    candidates.sort { (a: Candidate, b: Candidate) in
      let scoreA = scores[a.token], scoreB = scores[b.token]
      return scoreA == scoreB ? a.token < b.token : scoreA > scoreB
    }
    let sorted = candidates.prefix(most)
    let terms = Surprise(of: Array(sorted)).terms
    let limit = share * terms.reduce(0, +)
    var reached = 0.0
    let kept = zip(sorted, terms).prefix { _, term in
      reached += term
      return reached <= limit
    }
    scores.allowOnly(sorted.prefix(max(1, kept.count)).map { ($0.token, scores[$0.token]) })
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

  /// Epsilon cut-off: removes the candidates less likely than `share`, but for the likeliest.
  mutating func cutOff(below share: Double) {
    let total = candidates.reduce(0) { $0 + $1.mass }
    let floor = (Double(total) * share).rounded(.up)
    guard let shallowest = candidates.map(\.depth).min() else { return }
    candidates.removeAll { Double($0.mass) < floor && $0.depth > shallowest }
  }

  /// Eta cut-off: removes the candidates less likely than `epsilon` and than √epsilon · e^-entropy, but for the
  /// likeliest.
  mutating func cutOff(belowEta epsilon: Double) {
    let entropy = Surprise(of: candidates).terms.reduce(0, +)
    cutOff(below: min(epsilon, epsilon.squareRoot() * exp2(-entropy)))
  }
}

/// How surprising candidates are, in octaves: bits.
private struct Surprise {
  /// The terms of the entropy: each candidate's probability times its surprise.
  let terms: [Double]

  init(of candidates: [HostSampler.Candidate]) {
    let total = Double(candidates.reduce(0) { $0 + $1.mass })
    // The surprise of a token of no depth.
    let least = log2(total / Double(TokenMass.unit))
    terms = candidates.map { Double($0.mass) / total * (Double($0.depth) * 0x1p-24 + least) }
  }
}
