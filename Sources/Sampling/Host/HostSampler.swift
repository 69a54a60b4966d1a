/// Chooses a token from a row of logits on the host: the reference for the kernels `Kernels/*/sampling*.cl`, which must
/// choose the same, and the sampler of the `cpu` backend.
///
/// Logits are compared as transformers compares them, except that subnormal logits count as zero, since devices may
/// flush them. The temperature changes masses only, never the order.
package struct HostSampler: Sendable {
  /// The processed logits of the row being sampled. (V)
  var scores = Scores()
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
  ///   - parameters: Those of the processors and filters that only the host has.
  ///   - step: Where in the text the token is chosen, which these processors look at.
  /// - Returns: The token, with the parts of its log-probability if the row's flags ask for it.
  /// - Throws: ``SamplingError`` where a logit is not finite (minus infinity is allowed), or nothing may be chosen.
  package mutating func sample(
    _ logits: UnsafeBufferPointer<Float>, row: SamplingRow, seen: TokenSet, endOfText: [Int32],
    parameters: SamplingParameters = SamplingParameters(), at step: SamplingStep = SamplingStep()
  ) throws(SamplingError) -> SampledToken {
    let raw = try LogitRow(logits)
    if let unconditional = step.unconditional {
      try scores.load(raw, awayFrom: unconditional)
    } else {
      scores.load(raw)
    }
    for processor in parameters.processors(row, seen: seen, endOfText: endOfText, at: step) {
      processor.process(&scores, at: step)
    }
    let token =
      row.flags.contains(.greedy)
      ? try scores.firstToken(scoring: scores.largest()) : try drawn(row: row, parameters)

    return SampledToken(
      token: Int32(token), difference: raw.maximum - raw[token],
      rawMass: row.flags.contains(.logProbability) ? raw.mass() : 0)
  }

  /// Chooses a token as ``sample(_:row:seen:endOfText:parameters:at:)`` does, and reports failures as the kernels do.
  package mutating func result(
    _ logits: UnsafeBufferPointer<Float>, row: SamplingRow, seen: TokenSet, endOfText: [Int32],
    parameters: SamplingParameters = SamplingParameters(), at step: SamplingStep = SamplingStep()
  ) -> SampledToken {
    do throws(SamplingError) {
      return try sample(logits, row: row, seen: seen, endOfText: endOfText, parameters: parameters, at: step)
    } catch {
      return SampledToken(error)
    }
  }
}
