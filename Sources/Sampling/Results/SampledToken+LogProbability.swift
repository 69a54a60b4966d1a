extension SampledToken {
  /// The natural logarithm of the token's probability under the model's own distribution; `nil` where not asked for.
  package var logProbability: Double? {
    rawMass > 0 ? TokenMass.logProbability(difference: difference, of: rawMass) : nil
  }
}
