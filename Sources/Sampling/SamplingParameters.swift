/// How a token is chosen from a row of logits, in the terms of Hugging Face transformers.
///
/// Steps, in transformers' order: repetition penalty, no-repeat n-grams, bad words, no end of text while too short;
/// then, when sampling, temperature, top-k, top-p, min-p, typical-p. The defaults leave every step out.
public struct SamplingParameters: Sendable, Hashable {
  /// Whether to draw at random; otherwise the likeliest token is taken, the lowest id of several.
  public var doSample: Bool = false
  /// Divides the logits, above 0.
  public var temperature: Double = 1
  /// Keeps this many of the largest logits and whatever equals the last of them; 0 keeps all.
  public var topK: Int = 0
  /// Removes the least likely tokens while they hold at most 1 - topP of the probability.
  public var topP: Double = 1
  /// Removes tokens less likely than this share of the likeliest.
  public var minP: Double = 0
  /// Keeps the tokens whose surprise is nearest the entropy, until they hold this much of the probability.
  public var typicalP: Double = 1
  /// Divides positive and multiplies negative logits of tokens that were there before.
  public var repetitionPenalty: Double = 1
  /// No n-gram of this length comes twice; 0 allows all.
  public var noRepeatNgramSize: Int = 0
  /// Sequences of token ids that must not come about.
  public var badWords: [[Int32]] = []

  /// Greedy decoding with nothing changed.
  public init() {}

  /// Whether the device's kernels cover these parameters; otherwise ``HostSampler`` must choose.
  package var needsHost: Bool {
    noRepeatNgramSize > 0 || !badWords.isEmpty || (doSample && typicalP < 1)
  }
}
