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
  /// What the choice of tokens is guided away from; nil where it is not, as of beams, of prompts to be scored, and where no
  /// token is to be chosen, which cannot be.
  public var guidance: Guidance?
  /// How the best of several beams are looked for; of one beam nothing is.
  ///
  /// The continuations are then the best that were found, and come all at the end; there are at most as many as beams.
  public var beams: BeamParameters
  /// How many tokens must and may follow; none where the prompt alone is to be scored.
  public var newTokens: ClosedRange<Int>
  /// After how long its texts end with the token that comes next, counted from when an engine takes it over; nil for never.
  public var timeLimit: Duration?
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
  /// How many of the likeliest tokens are wanted beside each token, with their log-probabilities; at most 64.
  public var topLogProbabilities: Int
  /// Whether the log-probabilities of the prompt's tokens are wanted.
  public var scoresPrompt: Bool
  /// Ends it at any time, from any thread; nil where nobody will.
  public var cancellation: Cancellation?

  /// Makes a request.
  public init(
    item: UInt64 = 0, prompt: [Int32], samples: Int = 1, sampling: SamplingParameters = SamplingParameters(),
    guidance: Guidance? = nil,
    newTokens: ClosedRange<Int>, timeLimit: Duration? = nil, endOfText: [Int32]? = nil, ignoresEndOfText: Bool = false,
    seed: UInt64 = 0,
    wantsLogProbabilities: Bool = false, topLogProbabilities: Int = 0, scoresPrompt: Bool = false,
    beams: BeamParameters = BeamParameters(), cancellation: Cancellation? = nil
  ) {
    self.item = item
    self.prompt = prompt
    self.samples = samples
    self.sampling = sampling
    self.guidance = guidance
    self.newTokens = newTokens
    self.timeLimit = timeLimit
    self.endOfText = endOfText
    self.ignoresEndOfText = ignoresEndOfText
    self.seed = seed
    self.wantsLogProbabilities = wantsLogProbabilities
    self.topLogProbabilities = topLogProbabilities
    self.scoresPrompt = scoresPrompt
    self.beams = beams
    self.cancellation = cancellation
  }
}

extension GenerationRequest {
  /// Why no engine can compute it with a model of so many tokens, as a sentence; nil where one may.
  func problem(vocabularySize: Int) -> String? {
    let unknown = [prompt, guidance?.prompt ?? []].joined().first { $0 < 0 || $0 >= vocabularySize }
    return problem
      ?? unknown.map { "A prompt has the token id \($0), but the model knows 0 to \(vocabularySize - 1)." }
  }

  /// Why no engine can compute it, as a sentence; nil where one may.
  var problem: String? {
    func problem(_ what: String, _ range: ClosedRange<Int>, _ number: Int) -> String? {
      range.contains(number) ? nil : "\(what) must be from \(range.lowerBound) to \(range.upperBound), found \(number)."
    }
    if prompt.isEmpty { return "A prompt must have at least one token." }
    if newTokens.upperBound == 0, !scoresPrompt {
      return "A request must be for new tokens, or for the log-probabilities of its prompt."
    }
    return problem("The number of texts", 1...Self.most, samples)
      ?? problem("The number of beams", 1...1024, beams.count)
      ?? problem("The fewest new tokens", 0...Self.most, newTokens.lowerBound)
      ?? problem("The most new tokens", 0...Self.most, newTokens.upperBound)
      ?? problem("The number of likeliest tokens", 0...TokenScore.mostTop, topLogProbabilities)
  }

  private static let most = 1_000_000_000
}
