/// Finds where a text has been like its end before: what followed there may follow again.
///
/// Saxena, "Prompt Lookup Decoding", 2023; the same as transformers' `prompt_lookup_num_tokens`, by an index instead of
/// a search.
struct PromptLookup {
  /// Prompt and continuation.
  private(set) var tokens: [Int32] = []
  /// The place behind the last occurrence of each run of ``longRun`` tokens, but the one at the end.
  private var longRuns: [UInt64: Int] = [:]
  /// The same of each pair.
  private var pairs: [UInt64: Int] = [:]
  /// The place behind the occurrence that is like the end.
  private var match: Int?

  private static let longRun = 5
  /// Matches longer than this are as good as any.
  private static let longestMatch = 8

  /// Appends tokens, one after the other.
  mutating func append(_ more: some Sequence<Int32>) {
    for token in more {
      tokens.append(token)
      let pair = Self.replace(2, at: tokens, &pairs)
      let long = Self.replace(Self.longRun, at: tokens, &longRuns)
      match = long ?? pair
    }
  }

  /// What followed the occurrence that is like the end, at most so many tokens; its grade is how many tokens are alike.
  ///
  /// Where the occurrence reaches into what is proposed, it goes round.
  func proposal(_ count: Int) -> Proposal {
    guard let match, count > 0 else { return Proposal() }
    let period = tokens.count - match
    var length = 0
    while length < Self.longestMatch, length < match, tokens[match - 1 - length] == tokens[tokens.count - 1 - length] {
      length += 1
    }
    // Different runs may have one hash.
    return length == 0 ? Proposal() : Proposal(tokens: (0..<count).map { tokens[match + $0 % period] }, grade: length)
  }

  /// Makes the end the last occurrence of its run; returns the one before.
  private static func replace(_ length: Int, at tokens: [Int32], _ places: inout [UInt64: Int]) -> Int? {
    guard tokens.count >= length else { return nil }
    let hash = tokens.suffix(length).reduce(0) { (hash: UInt64, token) in
      (hash ^ UInt64(UInt32(bitPattern: token))) &* 0x9E37_79B9_7F4A_7C15
    }
    return places.updateValue(tokens.count, forKey: hash)
  }
}
