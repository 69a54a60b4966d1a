extension HostSampler {
  /// Copies a row of logits into ``scores``, subnormal numbers as zero.
  /// - Returns: The largest of them.
  mutating func loadScores(_ logits: UnsafeBufferPointer<Float>) throws(SamplingError) -> Float {
    let count = (logits.count + Vector.scalarCount - 1) / Vector.scalarCount
    if scores.count != count { scores = Array(repeating: Vector(), count: count) }
    var largest = Vector(repeating: -.infinity)
    var isNumber = SIMDMask<SIMD16<Int32>>(repeating: true)
    for index in scores.indices {
      var vector = Self.vector(index, of: logits)
      isNumber .&= vector .== vector
      let isSubnormal = (vector .< .leastNormalMagnitude) .& (vector .> -.leastNormalMagnitude)
      vector.replace(with: 0, where: isSubnormal)
      largest.replace(with: vector, where: vector .> largest)
      scores[index] = vector
    }
    let maximum = largest.max()
    guard all(isNumber), maximum < .infinity else { throw .notFinite }
    return maximum
  }

  /// Applies the repetition penalty to the tokens seen.
  mutating func penalize(_ seen: TokenSet, by row: SamplingRow) {
    seen.forEach { token in
      let (index, lane) = token.quotientAndRemainder(dividingBy: Vector.scalarCount)
      guard index < scores.count else { return }
      let score = scores[index][lane]
      let penalized = score * (score < 0 ? row.penalty : row.inversePenalty)
      scores[index][lane] = penalized.isSubnormal || penalized == 0 ? 0 : penalized
    }
  }

  /// Makes sure that tokens are not chosen.
  mutating func ruleOut(_ tokens: [Int32]) {
    for token in tokens {
      let (index, lane) = Int(token).quotientAndRemainder(dividingBy: Vector.scalarCount)
      if token >= 0, index < scores.count { scores[index][lane] = -.infinity }
    }
  }

  /// The largest score.
  func largestScore() throws(SamplingError) -> Float {
    var largest = Vector(repeating: -.infinity)
    for vector in scores { largest.replace(with: vector, where: vector .> largest) }
    let maximum = largest.max()
    guard maximum < .infinity else { throw .notFinite }  // a penalty may overflow
    guard maximum > -.infinity else { throw .nothingLeft }
    return maximum
  }

  /// The first token with a score.
  func firstToken(scoring score: Float) throws(SamplingError) -> Int {
    for (index, vector) in scores.enumerated() where any(vector .== score) {
      for lane in 0..<Vector.scalarCount where vector[lane] == score { return index * Vector.scalarCount + lane }
    }
    throw .nothingLeft
  }

  /// One vector of a row, filled up with minus infinity behind the row's end.
  @inline(__always)
  private static func vector(_ index: Int, of logits: UnsafeBufferPointer<Float>) -> Vector {
    let start = index * Vector.scalarCount
    if start + Vector.scalarCount <= logits.count, let base = logits.baseAddress {
      // A row of logits is aligned to four bytes only.
      return UnsafeRawPointer(base + start).loadUnaligned(as: Vector.self)
    }
    var vector = Vector(repeating: -.infinity)
    for lane in 0..<(logits.count - start) { vector[lane] = logits[start + lane] }
    return vector
  }
}
