/// The most that any of some requests need.
public struct RequestBounds: Hashable, Sendable {
  /// Sequences of all.
  public var sequences: Int
  /// Sequences that must run together, of the request with the most: its beams, or a sample and what guides it.
  public var together = 1
  /// Whether any wants the log-probabilities of its prompt.
  public var scoresPrompts = false
  /// Tokens of all prompts.
  public var promptTokens: Int
  /// Positions of the longest sequence.
  public var positions: Int
}

extension RequestBounds {
  /// The bounds of some requests.
  public init(_ requests: [GenerationRequest]) {
    // Those that an engine refuses need nothing.
    let requests = requests.filter { $0.problem == nil }
    sequences = requests.reduce(0) { $0 + $1.continuations * ($1.guidance == nil ? 1 : 2) }
    together = requests.map(\.together).max() ?? 1
    scoresPrompts = requests.contains(where: \.scoresPrompt)
    promptTokens = requests.reduce(0) { $0 + $1.prompt.count + ($1.guidance?.prompt.count ?? 0) }
    positions = requests.map(\.positions).max() ?? 1
  }
}

extension GenerationRequest {
  /// The positions of the cache that one of its sequences may use.
  var positions: Int { positions(after: max(prompt.count, guidance?.prompt.count ?? 0)) }

  /// The positions behind a prompt of so many tokens with it: the last token is never looked back at.
  func positions(after promptCount: Int) -> Int { promptCount + max(newTokens.upperBound, 1) - 1 }

  /// Its samples, or their beams.
  var continuations: Int { beams.count > 1 ? beams.count : samples }

  /// How many sequences must run together.
  var together: Int { beams.count > 1 ? beams.count : guidance == nil ? 1 : 2 }
}
