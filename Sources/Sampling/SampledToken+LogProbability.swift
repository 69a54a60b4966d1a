internal import System

extension SampledToken {
  /// The natural logarithm of the token's probability under the model's own distribution; `nil` where not asked for.
  package var logProbability: Double? {
    rawMass > 0 ? -Double(difference) - log(Double(rawMass) / Double(TokenMass.unit)) : nil
  }
}
