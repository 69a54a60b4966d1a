/// How a token is chosen from a row of logits, in the terms of Hugging Face transformers and of OpenAI's API.
///
/// Steps, in transformers' order: sequence bias, the encoder's repetition penalty, repetition penalty, no-repeat n-grams,
/// the encoder's no-repeat n-grams, bad words, no end of text while too short, forced tokens, exponential decay,
/// suppressed tokens; then, when sampling, temperature, top-h, top-k, top-p, min-p, typical-p, epsilon and eta cut-offs.
/// What servers add: the logit bias comes before them all, presence and frequency penalties and allowed tokens before
/// the temperature. The defaults leave every step out.
public struct SamplingParameters: Sendable, Hashable {
  /// Whether to draw at random; otherwise the likeliest token is taken, the lowest id of several.
  public var doSample: Bool = false
  /// Divides the logits, above 0.
  public var temperature: Double = 1
  /// Keeps the likeliest tokens, at most 100, while their share of the entropy is at most this; 0 keeps all.
  public var topH: Double = 0
  /// Keeps this many of the largest logits and whatever equals the last of them; 0 keeps all.
  public var topK: Int = 0
  /// Removes the least likely tokens while they hold at most 1 - topP of the probability.
  public var topP: Double = 1
  /// Removes tokens less likely than this share of the likeliest.
  public var minP: Double = 0
  /// Keeps the tokens whose surprise is nearest the entropy, until they hold this much of the probability.
  public var typicalP: Double = 1
  /// Removes tokens less likely than this, but for the likeliest; 0 keeps all.
  public var epsilonCutoff: Double = 0
  /// Removes tokens less likely than this and than its square root times e to the power of minus the entropy, but for
  /// the likeliest; 0 keeps all.
  public var etaCutoff: Double = 0
  /// Divides positive and multiplies negative logits of tokens that were there before.
  public var repetitionPenalty: Double = 1
  /// Multiplies positive and divides negative logits of the prompt's tokens: transformers' "encoder" has read the prompt,
  /// also where there is none.
  public var encoderRepetitionPenalty: Double = 1
  /// Taken from the logits of the tokens of the continuation.
  public var presencePenalty: Double = 0
  /// Taken from the logits of the tokens of the continuation, as often as they are there.
  public var frequencyPenalty: Double = 0
  /// Added to the logits of tokens, by their ids.
  public var logitBias: [Int32: Double] = [:]
  /// Added to the logits of the last tokens of sequences that may be completed.
  public var sequenceBias: [SequenceBias] = []
  /// Makes the end of a text likelier with its length.
  public var exponentialDecay = ExponentialDecay.off
  /// No n-gram of this length comes twice; 0 allows all.
  public var noRepeatNgramSize: Int = 0
  /// No n-gram of this length of the prompt comes again; 0 allows all.
  public var encoderNoRepeatNgramSize: Int = 0
  /// Sequences of token ids that must not come about. An end of text alone is none.
  public var badWords: [[Int32]] = []
  /// Tokens that are never chosen.
  public var suppressTokens: [Int32] = []
  /// Tokens that are not the first of the continuation.
  public var beginSuppressTokens: [Int32] = []
  /// The tokens that may be chosen; empty for all.
  public var allowedTokens: [Int32] = []
  /// The token that follows a prompt of a single token; empty for any.
  public var forcedBOSToken: [Int32] = []
  /// The tokens of which one ends a text that comes to its greatest length; empty for any.
  public var forcedEOSTokens: [Int32] = []
  /// Whether the scores of a beam's tokens are made log-probabilities again after every other step; elsewhere that
  /// changes nothing.
  public var renormalizesLogits: Bool = false

  /// Greedy decoding with nothing changed.
  public init() {}

  /// Whether the device's kernels cover these parameters; otherwise ``HostSampler`` must choose.
  package var needsHost: Bool {
    let filters = typicalP < 1 || topH > 0 || epsilonCutoff > 0 || etaCutoff > 0
    let penalties =
      presencePenalty != 0 || frequencyPenalty != 0 || exponentialDecay.factor != 1 || encoderRepetitionPenalty != 1
    let biases = !logitBias.isEmpty || !sequenceBias.isEmpty
    let ngrams = noRepeatNgramSize > 0 || encoderNoRepeatNgramSize > 0
    let bans = ngrams || !badWords.isEmpty || !suppressTokens.isEmpty || !beginSuppressTokens.isEmpty
    let choices = !allowedTokens.isEmpty || !forcedBOSToken.isEmpty || !forcedEOSTokens.isEmpty
    return (doSample && filters) || penalties || biases || bans || choices
  }
}
