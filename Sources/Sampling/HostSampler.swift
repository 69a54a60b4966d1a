/// Chooses a token from a row of logits on the host: the reference for the kernels `Kernels/*/sampling*.cl`, which must
/// choose the same, and the sampler of the `cpu` backend.
///
/// Logits are compared as transformers compares them, except that subnormal logits count as zero, since devices may
/// flush them. The temperature changes masses only, never the order.
package struct HostSampler: Sendable {
  /// Sixteen scores.
  typealias Vector = SIMD16<Float>

  /// The processed logits of the row being sampled, filled up with minus infinity. (V / 16)
  var scores: [Vector] = []
  /// The tokens that may still be chosen, in order of their ids.
  var candidates: [Candidate] = []

  /// A token that may be chosen.
  struct Candidate {
    var token: Int32
    /// See ``TokenMass``.
    var depth: UInt32
    var mass: UInt64
  }

  /// A sampler; it keeps its buffers from call to call.
  package init() {}

  /// Chooses a token.
  ///
  /// - Parameters:
  ///   - logits: One row, as the model gave it. (V)
  ///   - row: The parameters as numbers; its `logitsRow` and `slot` are not used.
  ///   - seen: The tokens that the repetition penalty concerns.
  ///   - endOfText: The tokens that end a text.
  ///   - banned: Tokens that may not be chosen (``SamplingParameters/bannedTokens(after:)``).
  ///   - parameters: Those of the filters that only the host has.
  /// - Returns: The token, with the parts of its log-probability if the row's flags ask for it.
  /// - Throws: ``SamplingError`` where a logit is not finite (minus infinity is allowed), or nothing may be chosen.
  package mutating func sample(
    _ logits: UnsafeBufferPointer<Float>, row: SamplingRow, seen: TokenSet, endOfText: [Int32],
    banned: [Int32] = [], parameters: SamplingParameters = SamplingParameters()
  ) throws(SamplingError) -> SampledToken {
    let rawMaximum = try loadScores(logits)
    if row.flags.contains(.penalize) { penalize(seen, by: row) }
    if row.flags.contains(.suppressEndOfText) { ruleOut(endOfText) }
    ruleOut(banned)
    let token =
      row.flags.contains(.greedy) ? try firstToken(scoring: largestScore()) : try drawn(row: row, parameters)

    let logit = logits[token].isSubnormal ? 0 : logits[token]
    var result = SampledToken(token: Int32(token), difference: rawMaximum - logit, rawMass: 0)
    if row.flags.contains(.logProbability) {
      result.rawMass = rawMass(of: logits, maximum: rawMaximum)
    }
    return result
  }

  /// Chooses a token as ``sample(_:row:seen:endOfText:banned:parameters:)`` does, and reports failures as the kernels
  /// do.
  package mutating func result(
    _ logits: UnsafeBufferPointer<Float>, row: SamplingRow, seen: TokenSet, endOfText: [Int32],
    banned: [Int32] = [], parameters: SamplingParameters = SamplingParameters()
  ) -> SampledToken {
    do throws(SamplingError) {
      return try sample(logits, row: row, seen: seen, endOfText: endOfText, banned: banned, parameters: parameters)
    } catch {
      return SampledToken(error)
    }
  }

  /// The masses of a row as the model gave it.
  private func rawMass(of logits: UnsafeBufferPointer<Float>, maximum: Float) -> UInt64 {
    let scale = SamplingRow(SamplingParameters(), draw: 0).scale
    return logits.reduce(0) { $0 + TokenMass.mass(atDepth: TokenMass.depth(of: $1, below: maximum, scale: scale)) }
  }
}
