internal import Sampling

/// The most token ids that a setting may hold: more than a vocabulary of GPT-2 has.
private let mostTokens = 131_072

extension SettingRange<[Int32]> {
  static let tokens = SettingRange(problem: problem(of:))

  /// Ids that no vocabulary has are never met.
  static let tokensOfFiles = SettingRange(problem: countProblem(of:))

  static let oneToken = SettingRange { tokens in
    tokens.count > 1 ? "must be one token id, found \(tokens.count)" : problem(of: tokens)
  }

  fileprivate static func problem(of tokens: [Int32]) -> String? {
    countProblem(of: tokens) ?? tokens.first { $0 < 0 }.map { "must be token ids of 0 and above, found \($0)" }
  }

  private static func countProblem(of tokens: [Int32]) -> String? {
    tokens.count <= mostTokens ? nil : "must be at most \(mostTokens) token ids, found \(tokens.count)"
  }
}

extension SettingRange<[[Int32]]> {
  static let tokenLists = SettingRange(problem: problem(of:))

  fileprivate static func problem(of lists: [[Int32]]) -> String? {
    if lists.contains(where: \.isEmpty) { return "must be lists of at least one token id, found an empty list" }
    return SettingRange<[Int32]>.problem(of: Array(lists.joined()))
  }
}

extension SettingRange<[SequenceBias]> {
  /// Any that fp32 can add up, and -∞, which rules a token out, as transformers takes them.
  static let sequenceBiases = SettingRange { biases in
    biases.lazy.compactMap { $0.bias == -.infinity ? nil : biasProblem($0.bias, limit: 1e30) }.first
      ?? SettingRange<[[Int32]]>.problem(of: biases.map(\.tokens))
  }
}

extension SettingRange<[Int32: Double]> {
  /// The limit is OpenAI's.
  static let tokenBiases = SettingRange { biases in
    biases.sorted { $0.key < $1.key }.lazy.compactMap { biasProblem($0.value, limit: 100) }.first
      ?? SettingRange<[Int32]>.problem(of: biases.keys.sorted())
  }
}

extension SettingRange<ExponentialDecay> {
  static let exponentialDecay = SettingRange { decay in
    if decay.start < 0 { return "must start at 0 new tokens or later, found \(decay.start)" }
    let problem = SettingRange<Double>.positive.problem(decay.factor)
    return problem.map { $0.replacing("must be", with: "must have a factor", maxReplacements: 1) }
  }
}

/// The fault of a number that is added to logits.
private func biasProblem(_ bias: Double, limit: Double) -> String? {
  let shown = SettingRange<Double>.shortest
  return abs(bias) <= limit ? nil : "must be numbers from -\(shown(limit)) to \(shown(limit)), found \(shown(bias))"
}
