/// What becomes of the parts of a word that match, as in `tokenizers`.
enum SplitBehavior: String, Sendable {
  /// They are left out.
  case removed = "Removed"
  /// Each is a word.
  case isolated = "Isolated"
  /// Each belongs to the word before it.
  case mergedWithPrevious = "MergedWithPrevious"
  /// Each belongs to the word after it.
  case mergedWithNext = "MergedWithNext"
  /// Neighbours that match are one word.
  case contiguous = "Contiguous"

  func apply(to parts: [(range: Range<Int>, isMatch: Bool)]) -> [Range<Int>] {
    var words: [Range<Int>] = []
    switch self {
    case .removed: words = parts.compactMap { $0.isMatch ? nil : $0.range }
    case .isolated: words = parts.map(\.range)
    case .mergedWithPrevious:
      var previousMatches = false
      for part in parts {
        if part.isMatch, !previousMatches, let last = words.popLast() {
          words.append(last.lowerBound..<part.range.upperBound)
        } else {
          words.append(part.range)
        }
        previousMatches = part.isMatch
      }
    case .mergedWithNext:
      var nextMatches = false
      for part in parts.reversed() {
        if part.isMatch, !nextMatches, let next = words.popLast() {
          words.append(part.range.lowerBound..<next.upperBound)
        } else {
          words.append(part.range)
        }
        nextMatches = part.isMatch
      }
      words.reverse()
    case .contiguous:
      var previous: Bool?
      for part in parts {
        if part.isMatch == previous, let last = words.popLast() {
          words.append(last.lowerBound..<part.range.upperBound)
        } else {
          words.append(part.range)
        }
        previous = part.isMatch
      }
    }
    return words.filter { !$0.isEmpty }
  }
}
