internal import System

/// How likely one token is by its row of logits, as the kernels `Kernels/*/score.cl` report it: 8 bytes.
package struct TokenScore: Sendable, Hashable, BitwiseCopyable {
  /// How far the token's logit lies under the row's largest.
  package var difference: Float
  /// The sum of e^(logit - largest) over the row.
  package var mass: Float

  /// A score from its fields.
  package init(difference: Float, mass: Float) {
    self.difference = difference
    self.mass = mass
  }

  /// The natural logarithm of the token's probability.
  ///
  /// - Throws: ``SamplingError/notFinite`` where a logit of the row is not a number or infinite.
  package func logProbability() throws(SamplingError) -> Double {
    let value = -Double(difference) - log(Double(mass))
    if !value.isFinite { throw .notFinite }
    return value
  }
}
