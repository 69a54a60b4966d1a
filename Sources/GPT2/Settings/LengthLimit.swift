/// A length in tokens.
public enum LengthLimit: Sendable, Hashable {
  /// Of prompt and continuation together, without the prefix.
  case total(Int)
  /// Of the continuation.
  case new(Int)

  /// The tokens after a prompt of so many.
  func newTokens(after prompt: Int) -> Int {
    switch self {
    case .total(let count): count - prompt
    case .new(let count): count
    }
  }
}
