public import Sampling

/// A prompt in tokens, and how to continue it.
public struct GenerationRequest: Sendable {
  /// Which item of a job this is: part of the key of its random numbers.
  public var item: UInt64
  /// The prompt, with its prefix; at least one token.
  public var prompt: [Int32]
  /// How many continuations; the prompt is computed once for them.
  public var samples: Int
  /// How each token is chosen.
  public var sampling: SamplingParameters
  /// How many tokens must and may follow.
  public var newTokens: ClosedRange<Int>
  /// The tokens that end a text, which are not chosen before the fewest new tokens are there; the run's where nil.
  ///
  /// Others than the run's are known to the host alone, which then chooses the tokens: that is slower.
  public var endOfText: [Int32]?
  /// Whether to go on after such a token.
  public var ignoresEndOfText: Bool
  /// The key of the random numbers.
  public var seed: UInt64
  /// Whether log-probabilities are wanted.
  public var wantsLogProbabilities: Bool
  /// Ends it at any time, from any thread; nil where nobody will.
  public var cancellation: Cancellation?

  /// Makes a request.
  public init(
    item: UInt64 = 0, prompt: [Int32], samples: Int = 1, sampling: SamplingParameters = SamplingParameters(),
    newTokens: ClosedRange<Int>, endOfText: [Int32]? = nil, ignoresEndOfText: Bool = false, seed: UInt64 = 0,
    wantsLogProbabilities: Bool = false, cancellation: Cancellation? = nil
  ) {
    self.item = item
    self.prompt = prompt
    self.samples = samples
    self.sampling = sampling
    self.newTokens = newTokens
    self.endOfText = endOfText
    self.ignoresEndOfText = ignoresEndOfText
    self.seed = seed
    self.wantsLogProbabilities = wantsLogProbabilities
    self.cancellation = cancellation
  }
}
