/// How many tokens were guessed, and how often that was right.
public struct Guesses: Hashable, Sendable {
  /// Tokens that were guessed and that steps checked.
  public var checked = 0
  /// Of them, those that the model chose, and after which the text went on.
  public var right = 0

  /// None yet.
  public init() {}
}
