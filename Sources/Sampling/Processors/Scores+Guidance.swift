extension Scores {
  /// Takes a row of logits with classifier-free guidance, as transformers'
  /// `UnbatchedClassifierFreeGuidanceLogitsProcessor`: scores are `scale · (log p − log q) + log q`, where p is of the
  /// row and q of the logits after another prompt.
  ///
  /// - Throws: ``SamplingError/notFinite`` where a logit is not a number, or a score gets infinite.
  mutating func load(_ row: LogitRow, awayFrom unconditional: UnconditionalLogits) throws(SamplingError) {
    try unconditional.logits.withUnsafeBufferPointer { logits throws(SamplingError) in
      let others = try LogitRow(logits)
      let scale = unconditional.scale
      let (own, other) = (row.normalizer(mass: row.mass()), others.normalizer(mass: others.mass()))
      var isFinite = SIMDMask<SIMD16<Int32>>(repeating: true)
      load(row) { index, logits in
        let others = others.vector(index)
        var scores = Vector()
        for lane in 0..<Vector.scalarCount {
          let (p, q) = (Double(logits[lane]) - own, Double(others[lane]) - other)
          scores[lane] = Float(scale * (p - q) + q)
        }
        scores.replace(with: logits, where: logits .== -.infinity)
        isFinite .&= scores .< .infinity
        return scores
      }
      guard all(isFinite) else { throw .notFinite }
    }
  }
}
