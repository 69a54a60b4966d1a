/// Finds where a text has been like its end before: what followed there may follow again.
///
/// Saxena, "Prompt Lookup Decoding", 2023; the same as transformers' `prompt_lookup_num_tokens`, by an index instead of
/// a search.
struct PromptLookup {
  /// Prompt and continuation.
  private(set) var tokens: [Int32] = []
  /// For each of ``lengths``, the place behind the last occurrence of each run of so many tokens, but the end itself.
  private var places: [[UInt64: Int]] = lengths.map { _ in [:] }
  /// The place behind the occurrence that is like the end.
  private var match: Int?

  /// How many tokens at the end are looked for: matches of more are as good as any.
  private static let lengths = [8, 4, 2, 1]

  /// Appends tokens, one after the other.
  mutating func append(_ more: some Sequence<Int32>) {
    for token in more {
      tokens.append(token)
      let matches = Self.lengths.indices.map { Self.replace(Self.lengths[$0], at: tokens, &places[$0]) }
      match = matches.lazy.compactMap(\.self).first
    }
  }

  /// What followed the occurrence that is like the end, at most so many tokens; its grade is how many tokens are alike.
  ///
  /// Where the occurrence reaches into what is proposed, it goes round.
  func proposal(_ count: Int) -> Proposal {
    guard let match, count > 0 else { return Proposal() }
    let period = tokens.count - match
    var length = 0
    while length < Self.lengths[0], length < match, tokens[match - 1 - length] == tokens[tokens.count - 1 - length] {
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
