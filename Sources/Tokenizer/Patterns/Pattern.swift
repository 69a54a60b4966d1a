/// A regular expression of a tokenizer's file, in the part of Oniguruma's syntax that such files use.
///
/// Matches are the leftmost, by the first alternative that leads to one. Unlike in other engines the time is bounded
/// whatever the pattern: by the text's length times the pattern's (``PatternMatcher``).
struct Pattern: Sendable {
  /// A step of the search for a match, at a place of the text.
  enum Instruction: Sendable {
    /// The next character is of this set.
    case one(ScalarSet)
    /// As many characters of a set as there are, or fewer where the rest asks for it and may.
    case run(ScalarSet, minimum: Int, maximum: Int, isPossessive: Bool, branch: Int)
    /// First the one way, then the other.
    case split(Int, Int, branch: Int)
    case jump(Int)
    /// What follows or precedes matches, or does not; it is not taken.
    case lookAhead(Pattern, isNegated: Bool)
    case lookBehind(ScalarSet, isNegated: Bool)
    case lineStart
    case lineEnd
    case textStart
    case textEnd
    case wordBoundary(isNegated: Bool)
    case match
  }

  let instructions: [Instruction]

  /// Each place of a text remembers in one word the branches that failed there.
  static let maximumBranchCount = 64
  static let maximumInstructionCount = 2048

  /// - Throws: ``PatternError``, for a pattern that is not understood.
  init(_ text: String) throws(PatternError) {
    var parser = PatternParser(text)
    var compiler = PatternCompiler()
    try compiler.append(try parser.pattern())
    instructions = compiler.instructions + [.match]
  }

  init(literal text: String) {
    instructions = text.unicodeScalars.map { .one(ScalarSet([.range($0.value...$0.value)])) } + [.match]
  }

  init(instructions: [Instruction]) { self.instructions = instructions }
}

/// Why a pattern is not understood.
struct PatternError: Error {
  /// A sentence fragment.
  var problem: String
}

/// A pattern as it is written.
indirect enum PatternNode {
  case one(ScalarSet)
  case sequence([PatternNode])
  case alternatives([PatternNode])
  case repeated(PatternNode, minimum: Int, maximum: Int, kind: Repetition)
  case lookAhead(PatternNode, isNegated: Bool)
  case lookBehind(ScalarSet, isNegated: Bool)
  case assertion(Pattern.Instruction)

  enum Repetition { case greedy, lazy, possessive }

  /// Whether it matches without taking a character.
  var mayBeEmpty: Bool {
    switch self {
    case .one: false
    case .sequence(let nodes): nodes.allSatisfy(\.mayBeEmpty)
    case .alternatives(let nodes): nodes.contains(where: \.mayBeEmpty)
    case .repeated(let node, let minimum, _, _): minimum == 0 || node.mayBeEmpty
    case .lookAhead, .lookBehind, .assertion: true
    }
  }

  /// The most characters that it takes; `Int.max` without a bound.
  var maximumLength: Int {
    switch self {
    case .one: 1
    case .lookAhead, .lookBehind, .assertion: 0
    case .sequence(let nodes):
      nodes.reduce(0) { $0.addedOrMaximum($1.maximumLength) }
    case .alternatives(let nodes): nodes.map(\.maximumLength).max() ?? 0
    case .repeated(let node, _, let maximum, _):
      node.maximumLength == .max || maximum == .max ? .max : node.maximumLength.multipliedOrMaximum(by: maximum)
    }
  }

  /// How many repetitions it holds, nested ones too.
  var repetitionCount: Int {
    switch self {
    case .one, .lookBehind, .assertion: 0
    case .lookAhead(let node, _): node.repetitionCount
    case .sequence(let nodes), .alternatives(let nodes): nodes.reduce(0) { $0 + $1.repetitionCount }
    case .repeated(let node, _, _, _): 1 + node.repetitionCount
    }
  }
}

extension Int {
  fileprivate func addedOrMaximum(_ other: Int) -> Int {
    let (sum, overflows) = addingReportingOverflow(other)
    return overflows ? .max : sum
  }

  fileprivate func multipliedOrMaximum(by other: Int) -> Int {
    let (product, overflows) = multipliedReportingOverflow(by: other)
    return overflows ? .max : product
  }
}
