/// Finds the matches of a pattern in a text, by trying one way after the other.
///
/// Where that takes long, places and branches that failed are remembered and not tried again, over all starts of a
/// match: what follows from there depends on nothing else. The time is then bounded by their number.
struct PatternMatcher {
  private let pattern: Pattern
  private let text: [UInt8]
  private let range: Range<Int>
  private var pending: [Pending] = []
  /// By the place in `range`, a bit for each branch that failed there; empty as long as the search is quick.
  private var failed: [UInt64] = []
  private var stepCount = 0

  /// A way that is left to try: an instruction at a place, or at the places before it down to `lowest`.
  private struct Pending {
    var instruction: Int
    var position: Int
    var lowest: Int
    var branch: Int
  }

  /// - Parameter text: Well-formed UTF-8.
  init(_ pattern: Pattern, _ text: [UInt8], in range: Range<Int>) {
    self.pattern = pattern
    self.text = text
    self.range = range
  }

  /// The matches and what lies between them, in order; together the whole range.
  ///
  /// An empty match follows no other match directly, as in Oniguruma's Rust binding.
  mutating func pieces() -> [(range: Range<Int>, isMatch: Bool)] {
    var pieces: [(range: Range<Int>, isMatch: Bool)] = []
    var covered = range.lowerBound
    var lastEnd = -1
    var position = range.lowerBound
    while position <= range.upperBound, let match = firstMatch(from: position) {
      if match.isEmpty && match.upperBound == lastEnd {
        position = next(position)
        continue
      }
      if covered < match.lowerBound { pieces.append((covered..<match.lowerBound, false)) }
      pieces.append((match, true))
      (covered, lastEnd, position) = (match.upperBound, match.upperBound, match.upperBound)
    }
    if covered < range.upperBound { pieces.append((covered..<range.upperBound, false)) }
    return pieces
  }

  private mutating func firstMatch(from position: Int) -> Range<Int>? {
    var start = position
    while start <= range.upperBound {
      if let end = matchEnd(from: start) {
        // On the way to this match some branches at its end did not fail.
        if !failed.isEmpty { failed[end - range.lowerBound] = 0 }
        return start..<end
      }
      start = next(start)
    }
    return nil
  }

  private func next(_ position: Int) -> Int {
    position < range.upperBound ? position + UTF8.width(text.scalar(at: position)) : position + 1
  }

  /// The end of the run that a possessive one has last found, by its branch: another that starts within ends there too.
  private var lastRuns: [Int: Range<Int>] = [:]

  /// After how many steps failures are remembered, and how many more for each byte of the text.
  private static let patience = (least: 20_000, perByte: 32)

  private mutating func hasFailed(_ branch: Int, at position: Int) -> Bool {
    stepCount += 1
    if failed.isEmpty {
      guard stepCount > Self.patience.least + Self.patience.perByte * range.count else { return false }
      failed = [UInt64](repeating: 0, count: range.count + 1)
    }
    let index = position - range.lowerBound
    let bit: UInt64 = 1 << UInt64(branch)
    defer { failed[index] |= bit }
    return failed[index] & bit != 0
  }

  /// The end of the match that starts at a place.
  private mutating func matchEnd(from start: Int) -> Int? {
    pending.removeAll(keepingCapacity: true)
    pending.append(Pending(instruction: 0, position: start, lowest: start, branch: -1))
    while let way = popPending() {
      if let end = follow(way.instruction, from: way.position) { return end }
    }
    return nil
  }

  private mutating func popPending() -> (instruction: Int, position: Int)? {
    while let last = pending.last {
      if last.position > last.lowest {
        var place = last.position - 1
        while text[place] & 0xC0 == 0x80 { place -= 1 }
        pending[pending.count - 1].position = place
      } else {
        pending.removeLast()
      }
      if last.branch < 0 || !hasFailed(last.branch, at: last.position) { return (last.instruction, last.position) }
    }
    return nil
  }

  /// Follows a way until it ends in a match or fails.
  private mutating func follow(_ start: Int, from place: Int) -> Int? {
    var (index, position) = (start, place)
    while true {
      switch pattern.instructions[index] {
      case .match: return position
      case .one(let set):
        guard position < range.upperBound, case let scalar = text.scalar(at: position), set.contains(scalar) else {
          return nil
        }
        position += UTF8.width(scalar)
      case .run(let set, let minimum, let maximum, let isPossessive, let branch):
        guard let lowest = runEnd(set, from: position, count: minimum) else { return nil }
        if isPossessive {
          position = possessiveEnd(set, from: lowest, count: maximum - minimum, branch)
        } else {
          guard let end = highestEnd(set, from: lowest, count: maximum - minimum, branch) else { return nil }
          pending.append(Pending(instruction: index + 1, position: end, lowest: lowest, branch: branch))
          return nil
        }
      case .split(let first, let second, let branch):
        if hasFailed(branch, at: position) { return nil }
        pending.append(Pending(instruction: second, position: position, lowest: position, branch: -1))
        index = first
        continue
      case .jump(let target):
        index = target
        continue
      case .lookAhead(let pattern, let isNegated):
        var matcher = PatternMatcher(pattern, text, in: range)
        if (matcher.matchEnd(from: position) != nil) == isNegated { return nil }
      case .lookBehind(let set, let isNegated):
        let holds = position > range.lowerBound && set.contains(text.scalar(before: position))
        if holds == isNegated { return nil }
      case .lineStart:
        // Not behind the line feed that ends the text.
        let isLine = position < range.upperBound && position > range.lowerBound && text[position - 1] == 0x0A
        guard position == range.lowerBound || isLine else { return nil }
      case .lineEnd:
        guard position == range.upperBound || text[position] == UInt8(ascii: "\n") else { return nil }
      case .textStart: guard position == range.lowerBound else { return nil }
      case .textEnd: guard position == range.upperBound else { return nil }
      case .wordBoundary(let isNegated): if isWordBoundary(position) == isNegated { return nil }
      }
      index += 1
    }
  }

  /// Where a run of so many characters ends; nil where there are fewer.
  private mutating func runEnd(_ set: ScalarSet, from start: Int, count: Int) -> Int? {
    var position = start
    for _ in 0..<count {
      guard let next = end(of: set, at: position) else { return nil }
      position = next
    }
    return position
  }

  private mutating func possessiveEnd(_ set: ScalarSet, from start: Int, count: Int, _ branch: Int) -> Int {
    let isUnbounded = count > text.count
    if isUnbounded, let run = lastRuns[branch], run.lowerBound <= start, start <= run.upperBound {
      return run.upperBound
    }
    var (position, left) = (start, count)
    while left > 0, let next = end(of: set, at: position) { (position, left) = (next, left - 1) }
    if isUnbounded { lastRuns[branch] = start..<position }
    return position
  }

  /// The last place that a run may end at; nil where it failed at all.
  ///
  /// A run goes back from its end. So where it failed from another start at one place, it failed at all after that.
  private mutating func highestEnd(_ set: ScalarSet, from start: Int, count: Int, _ branch: Int) -> Int? {
    let isUnbounded = count > text.count
    if isUnbounded && hasRunFailed(branch, at: start) { return nil }
    var (position, left) = (start, count)
    while left > 0, let next = end(of: set, at: position) {
      if isUnbounded && hasRunFailed(branch, at: next) { break }
      (position, left) = (next, left - 1)
    }
    return position
  }

  /// Where a character of a set ends.
  private mutating func end(of set: ScalarSet, at position: Int) -> Int? {
    stepCount += 1
    guard position < range.upperBound, case let scalar = text.scalar(at: position), set.contains(scalar) else {
      return nil
    }
    return position + UTF8.width(scalar)
  }

  private func hasRunFailed(_ branch: Int, at position: Int) -> Bool {
    !failed.isEmpty && failed[position - range.lowerBound] >> UInt64(branch) & 1 != 0
  }

  private func isWordBoundary(_ position: Int) -> Bool {
    let before = position > range.lowerBound && ScalarProperty.patternWord.holds(for: text.scalar(before: position))
    let after = position < range.upperBound && ScalarProperty.patternWord.holds(for: text.scalar(at: position))
    return before != after
  }
}
