/// Reads a pattern: alternatives of sequences of repeated things.
struct PatternParser {
  private let text: [Unicode.Scalar]
  private var position = 0
  private var depth = 0
  private var ignoresCase = false

  private static let maximumLength = 4096
  private static let maximumDepth = 32
  private static let maximumCount = 256

  init(_ text: String) { self.text = Array(text.unicodeScalars) }

  mutating func pattern() throws(PatternError) -> PatternNode {
    if text.count > Self.maximumLength {
      throw PatternError(problem: "has more than \(Self.maximumLength) characters, which is not supported")
    }
    let node = try alternatives()
    if next != nil { throw PatternError(problem: "closes a group that it does not open") }
    return node
  }

  private var next: Unicode.Scalar? { position < text.count ? text[position] : nil }

  private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
    guard next == scalar else { return false }
    position += 1
    return true
  }

  /// Steps over a text if it comes next.
  private mutating func take(_ expected: String) -> Bool {
    guard text[position...].starts(with: expected.unicodeScalars) else { return false }
    position += expected.unicodeScalars.count
    return true
  }

  private mutating func alternatives() throws(PatternError) -> PatternNode {
    depth += 1
    if depth > Self.maximumDepth { throw PatternError(problem: "nests deeper than \(Self.maximumDepth)") }
    defer { depth -= 1 }
    var nodes = [try sequence()]
    while take("|" as Unicode.Scalar) { nodes.append(try sequence()) }
    return nodes.count == 1 ? nodes[0] : .alternatives(nodes)
  }

  private mutating func sequence() throws(PatternError) -> PatternNode {
    var nodes: [PatternNode] = []
    while let scalar = next, scalar != "|", scalar != ")" {
      if take("(?i)") {
        ignoresCase = true
        continue
      }
      nodes.append(try repeated(try element()))
    }
    return nodes.count == 1 ? nodes[0] : .sequence(nodes)
  }

  // MARK: Repetition

  private mutating func repeated(_ element: PatternNode) throws(PatternError) -> PatternNode {
    var node = element
    while let (minimum, maximum, isInterval) = try counts() {
      switch node {
      case .assertion, .lookAhead, .lookBehind: throw PatternError(problem: "repeats a condition")
      default: break
      }
      var kind = PatternNode.Repetition.greedy
      // In Oniguruma's own syntax {n}? is an optional {n}, and {n,m}+ a repeated {n,m}: the next turn's matter.
      if !(isInterval && minimum == maximum), take("?" as Unicode.Scalar) {
        kind = .lazy
      } else if !isInterval, take("+" as Unicode.Scalar) {
        kind = .possessive
      }
      node = .repeated(node, minimum: minimum, maximum: maximum, kind: kind)
    }
    return node
  }

  private mutating func counts() throws(PatternError) -> (minimum: Int, maximum: Int, isInterval: Bool)? {
    if take("*" as Unicode.Scalar) { return (0, .max, false) }
    if take("+" as Unicode.Scalar) { return (1, .max, false) }
    if take("?" as Unicode.Scalar) { return (0, 1, false) }
    let start = position
    guard take("{" as Unicode.Scalar) else { return nil }
    let (minimum, hasComma) = (number(), take("," as Unicode.Scalar))
    let maximum = hasComma ? number() : minimum
    guard take("}" as Unicode.Scalar), minimum != nil || maximum != nil else {
      position = start
      return nil
    }
    let (lowest, highest) = (minimum ?? 0, maximum ?? .max)
    guard lowest <= highest, lowest <= Self.maximumCount, highest == .max || highest <= Self.maximumCount else {
      throw PatternError(problem: "repeats more than \(Self.maximumCount) times, or less than none")
    }
    return (lowest, highest, true)
  }

  private mutating func number() -> Int? {
    var value: Int?
    while let digit = next.flatMap({ $0.isASCII ? $0.properties.numericValue : nil }) {
      value = min(1 << 20, (value ?? 0) * 10 + Int(digit))
      position += 1
    }
    return value
  }

  // MARK: Elements

  private mutating func element() throws(PatternError) -> PatternNode {
    guard let scalar = next else { return .sequence([]) }
    position += 1
    switch scalar {
    case "(": return try group()
    case "[": return .one(try set())
    case ".": return .one(ScalarSet([.range(0x0A...0x0A)], isNegated: true))
    case "^": return .assertion(.lineStart)
    case "$": return .assertion(.lineEnd)
    case "*", "+", "?": throw PatternError(problem: "repeats nothing")
    case "\\":
      if let assertion = assertion() { return .assertion(assertion) }
      return .one(ScalarSet([try escape(word: .patternWord)], ignoresCase: ignoresCase))
    case "{" where next.map { $0 == "," || $0.isASCII && $0.properties.numericType == .decimal } ?? false:
      throw PatternError(problem: "has a { that repeats nothing")
    default: return .one(ScalarSet([.range(scalar.value...scalar.value)], ignoresCase: ignoresCase))
    }
  }

  private mutating func assertion() -> Pattern.Instruction? {
    if take("b" as Unicode.Scalar) { return .wordBoundary(isNegated: false) }
    if take("B" as Unicode.Scalar) { return .wordBoundary(isNegated: true) }
    if take("A" as Unicode.Scalar) { return .textStart }
    if take("z" as Unicode.Scalar) { return .textEnd }
    return nil
  }

  private mutating func group() throws(PatternError) -> PatternNode {
    let outer = ignoresCase
    defer { ignoresCase = outer }
    if take("?=") { return .lookAhead(try body(), isNegated: false) }
    if take("?!") { return .lookAhead(try body(), isNegated: true) }
    if take("?<=") { return .lookBehind(try oneCharacter(), isNegated: false) }
    if take("?<!") { return .lookBehind(try oneCharacter(), isNegated: true) }
    if take("?i:") {
      ignoresCase = true
      return try body()
    }
    if !take("?:"), next == "?" || next == "*" {
      let start = text[position...].prefix(2).map { String($0) }.joined()
      throw PatternError(problem: "has a group that starts with (\(start), which is not supported")
    }
    return try body()
  }

  private mutating func body() throws(PatternError) -> PatternNode {
    let node = try alternatives()
    if !take(")" as Unicode.Scalar) { throw PatternError(problem: "has a group that does not end") }
    return node
  }

  private mutating func oneCharacter() throws(PatternError) -> ScalarSet {
    guard case .one(let set) = try body() else {
      throw PatternError(problem: "looks behind for more than one character, which is not supported")
    }
    return set
  }

  // MARK: Sets

  private mutating func set() throws(PatternError) -> ScalarSet {
    depth += 1
    if depth > Self.maximumDepth { throw PatternError(problem: "nests deeper than \(Self.maximumDepth)") }
    defer { depth -= 1 }
    let isNegated = take("^" as Unicode.Scalar)
    var items: [ScalarSet.Item] = []
    while let scalar = next {
      position += 1
      let item: ScalarSet.Item
      switch scalar {
      case "]" where !items.isEmpty: return ScalarSet(items, isNegated: isNegated, ignoresCase: ignoresCase)
      case "[" where next == ":": throw PatternError(problem: "has a POSIX bracket, which is not supported")
      case "[": item = .set(try set())
      case "&" where next == "&": throw PatternError(problem: "intersects sets, which is not supported")
      case "\\": item = try escape(word: .setWord)
      default: item = .range(scalar.value...scalar.value)
      }
      guard next == "-", position + 1 < text.count, text[position + 1] != "]", case .range(let first) = item else {
        items.append(item)
        continue
      }
      position += 1
      items.append(.range(try rangeEnd(first.lowerBound)))
    }
    throw PatternError(problem: "has a set that does not end")
  }

  private mutating func rangeEnd(_ first: UInt32) throws(PatternError) -> ClosedRange<UInt32> {
    var last = next?.value ?? 0
    position += 1
    if last == ("\\" as Unicode.Scalar).value {
      guard case .range(let range) = try escape(word: .setWord) else {
        throw PatternError(problem: "has a range without an end")
      }
      last = range.upperBound
    }
    guard first <= last else { throw PatternError(problem: "has a range that ends before it starts") }
    return first...last
  }

  /// What stands after a backslash; `\w` is not everywhere the same.
  private mutating func escape(word: ScalarProperty) throws(PatternError) -> ScalarSet.Item {
    guard let scalar = next else { throw PatternError(problem: "ends in a backslash") }
    position += 1
    switch scalar {
    case "s": return .property(.whiteSpace)
    case "S": return .set(ScalarSet(.whiteSpace, isNegated: true))
    case "d": return .property(.decimalDigit)
    case "D": return .set(ScalarSet(.decimalDigit, isNegated: true))
    case "w": return .property(word)
    case "W": return .set(ScalarSet(word, isNegated: true))
    case "p": return try property(isNegated: false)
    case "P": return try property(isNegated: true)
    case "x", "u": return try character(after: scalar)
    case "t": return .range(0x09...0x09)
    case "n": return .range(0x0A...0x0A)
    case "v": return .range(0x0B...0x0B)
    case "f": return .range(0x0C...0x0C)
    case "r": return .range(0x0D...0x0D)
    default:
      if scalar.isASCII && (scalar.properties.isAlphabetic || scalar.properties.numericType != nil) {
        throw PatternError(problem: "has \\\(scalar), which is not supported")
      }
      return .range(scalar.value...scalar.value)
    }
  }

  private mutating func property(isNegated: Bool) throws(PatternError) -> ScalarSet.Item {
    guard take("{" as Unicode.Scalar), let end = text[position...].firstIndex(of: "}") else {
      throw PatternError(problem: "has \\p without {…}")
    }
    let isInner = take("^" as Unicode.Scalar)
    let name = text[position..<end].map { String($0) }.joined()
    position = end + 1
    let property: ScalarProperty
    if let categories = GeneralCategories(named: name) {
      property = .category(categories)
    } else if let script = Script(named: name) {
      property = .script(script)
    } else {
      throw PatternError(problem: "has \\p{\(name.prefix(24))}, which is not supported")
    }
    return .set(ScalarSet(property, isNegated: isNegated != isInner))
  }

  /// `\xHH`, `\x{H…}` and `\uHHHH`.
  private mutating func character(after kind: Unicode.Scalar) throws(PatternError) -> ScalarSet.Item {
    let isBraced = kind == "x" && take("{" as Unicode.Scalar)
    var value: UInt32 = 0
    var count = 0
    while count < (isBraced ? 8 : kind == "x" ? 2 : 4), let digit = next.flatMap({ UInt32(String($0), radix: 16) }) {
      value = value << 4 | digit
      count += 1
      position += 1
    }
    guard count > 0, !isBraced || take("}" as Unicode.Scalar), value < 0x110000, isBraced || kind != "x" || value < 0x80
    else { throw PatternError(problem: "has \\\(kind) without a character's number") }
    return .range(value...value)
  }
}
