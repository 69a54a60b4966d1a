/// How the end of a text becomes likelier the longer the text is: its logit grows by a multiple of its size, which is
/// `factor` to the power of the tokens written after the first `start`, less one.
public struct ExponentialDecay: Sendable, Hashable {
  /// How many new tokens come before it begins.
  public var start: Int
  /// Above 0; 1 changes nothing.
  public var factor: Double

  /// Nothing changes.
  public static let off = ExponentialDecay(start: 0, factor: 1)

  /// A decay that begins after `start` new tokens.
  public init(start: Int, factor: Double) {
    self.start = start
    self.factor = factor
  }
}
