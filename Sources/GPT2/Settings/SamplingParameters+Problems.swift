public import Sampling

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
