/// How often a proposed token is the one that the model chooses, where those before it were.
struct AcceptanceRate {
  private var accepted = 1.0
  private var tried = 2.0

  /// The weight of what was before, at each token.
  private static let memory = 0.97

  /// The share of tokens that are right, 1/2 as long as nothing is known.
  var value: Double { accepted / tried }

  /// Counts the tokens of a proposal up to the first wrong one.
  mutating func count(accepted: Int, rejected: Bool) {
    for index in 0..<(accepted + (rejected ? 1 : 0)) {
      self.accepted = self.accepted * Self.memory + (index < accepted ? 1 : 0)
      tried = tried * Self.memory + 1
    }
  }
}
