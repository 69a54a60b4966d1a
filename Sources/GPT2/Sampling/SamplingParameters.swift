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
  public var needsHost: Bool {
    noRepeatNgramSize > 0 || !badWords.isEmpty || (doSample && typicalP < 1)
  }
}

extension SamplingParameters {
  /// What is wrong with these values, each with the setting and the rest of a sentence about it.
  var problems: [(setting: Setting, problem: String)] {
    var problems: [(Setting, String)] = []
    func require(_ holds: Bool, _ setting: Setting, _ requirement: String, _ found: some CustomStringConvertible) {
      if !holds { problems.append((setting, "must be \(requirement), found \(shortest(found))")) }
    }
    require(temperature > 0 && temperature.isFinite, .temperature, "above 0 and finite", temperature)
    require((0...Int(Int32.max)).contains(topK), .topK, "0 (off) to \(Int32.max)", topK)
    require(topP > 0 && topP <= 1, .topP, "above 0 and at most 1", topP)
    require(minP >= 0 && minP <= 1, .minP, "from 0 to 1", minP)
    require(typicalP > 0 && typicalP <= 1, .typicalP, "above 0 and at most 1", typicalP)
    require(
      repetitionPenalty > 0 && repetitionPenalty.isFinite, .repetitionPenalty, "above 0 and finite", repetitionPenalty)
    require(
      (0...Int(Int32.max)).contains(noRepeatNgramSize), .noRepeatNgramSize, "0 (off) to \(Int32.max)",
      noRepeatNgramSize)
    require(badWords.allSatisfy { !$0.isEmpty }, .badWords, "lists of at least one token id", "an empty list")
    for word in badWords {
      if let id = word.first(where: { $0 < 0 }) { require(false, .badWords, "token ids of 0 and above", id) }
    }
    return problems
  }

  /// Checks the values.
  /// - Throws: ``SettingsError``, naming the flag, the values allowed and the value found.
  public func validate() throws(SettingsError) {
    if let (setting, problem) = problems.first { throw SettingsError("\(setting.flag) \(problem)") }
  }

  /// `-1` rather than `-1.0`, as a person would write it.
  private func shortest(_ value: some CustomStringConvertible) -> String {
    let text = value.description
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
  }
}
