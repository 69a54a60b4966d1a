/// What is added to the logit of a sequence's last token, where the tokens before it have just been written.
public struct SequenceBias: Sendable, Hashable {
  /// The sequence, one token at least; the bias of one token alone counts always.
  public var tokens: [Int32]
  /// Above 0 makes the sequence likelier.
  public var bias: Double

  /// A bias of a sequence.
  public init(_ tokens: [Int32], bias: Double) {
    self.tokens = tokens
    self.bias = bias
  }
}
