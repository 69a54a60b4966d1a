/// How beam search goes, in the terms of Hugging Face transformers 5.
///
/// Of each beam every token may follow; the likeliest continuations of all beams, by the sum of their log-probabilities,
/// are the next beams. Where tokens are drawn, so are the continuations, without replacement.
public struct BeamParameters: Sendable, Hashable {
  /// When a search ends, once as many beams as there are have ended.
  public enum EarlyStopping: String, Sendable, Hashable, CaseIterable {
    /// When the best running beam, if it ended now, would be no better than the worst that has ended.
    case heuristic = "false"
    /// At once.
    case whenFull = "true"
    /// When no running beam can become better than the worst that has ended.
    case never
  }

  /// How many beams; 1 for no search.
  public var count = 1
  /// The power of the length by which the sum of a beam that has ended is divided: above 0, longer texts are better.
  public var lengthPenalty = 1.0
  /// When the search ends.
  public var earlyStopping = EarlyStopping.heuristic

  /// No search.
  public init() {}
}
