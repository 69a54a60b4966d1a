/// A regular expression of `adapter_config.json` for names of modules: a key of `rank_pattern` or `alpha_pattern`, or
/// `target_modules` as one string.
///
/// Keys are compared as PEFT's `get_pattern_key` does, by `(.*\.)?(KEY)$`, others with the whole name. They come from
/// files of strangers, and are compared in linear time: characters, `.`, `\d` and classes, each with `*`, `+` or `?`,
/// groups of alternatives, and `^` at the beginning are all that names need.
struct AdapterPattern {
  private let alternatives: [NamePattern]

  /// Alternatives of all patterns of a file: far more than names of GPT-2's modules need.
  static let mostAlternatives = 512

  /// The pattern; nil for one that says more than the above.
  ///
  /// - Parameters:
  ///   - isWhole: Whether it is compared with the whole name.
  ///   - budget: How many alternatives the file's patterns may still have.
  init?(_ text: String, isWhole: Bool = false, budget: inout Int) {
    guard let texts = Self.alternatives(of: Array(text.utf8)[...]), texts.count <= budget else { return nil }
    budget -= texts.count
    var alternatives: [NamePattern] = []
    for text in texts {
      guard let pattern = NamePattern(text, isWhole: isWhole) else { return nil }
      alternatives.append(pattern)
    }
    self.alternatives = alternatives
  }

  /// A pattern by itself.
  init?(_ text: String, isWhole: Bool = false) {
    var budget = Self.mostAlternatives
    self.init(text, isWhole: isWhole, budget: &budget)
  }

  /// Whether a module's name is one of the pattern's.
  func matches(_ name: String) -> Bool { alternatives.contains { $0.matches(name) } }

  /// Brackets and bars outside of escapes and classes, with their places, and how many groups they are in.
  private static func marks(of text: ArraySlice<UInt8>) -> [(byte: UInt8, place: Int, depth: Int)] {
    var (found, depth, isEscaped, isInClass) = ([(UInt8, Int, Int)](), 0, false, false)
    for place in text.indices {
      let byte = text[place]
      if isEscaped {
        isEscaped = false
      } else if byte == UInt8(ascii: "\\") {
        isEscaped = true
      } else if isInClass {
        isInClass = byte != UInt8(ascii: "]")
      } else if byte == UInt8(ascii: "[") {
        isInClass = true
      } else if "(|)".utf8.contains(byte) {
        if byte == UInt8(ascii: "(") { depth += 1 }
        found.append((byte, place, depth))
        if byte == UInt8(ascii: ")") { depth -= 1 }
      }
    }
    return found
  }

  /// The same names without groups: `a(b|c)` as `ab` and `ac`. Nil where a group is more than alternatives, or there are
  /// too many.
  private static func alternatives(of text: ArraySlice<UInt8>) -> [[UInt8]]? {
    if let first = text.first, "*+?{".utf8.contains(first) { return nil }  // there is nothing to repeat
    let marks = marks(of: text)
    if let bar = marks.first(where: { $0.byte == UInt8(ascii: "|") && $0.depth == 0 }) {
      guard let first = alternatives(of: text[..<bar.place]), let others = alternatives(of: text[(bar.place + 1)...])
      else { return nil }
      return first.count + others.count <= mostAlternatives ? first + others : nil
    }
    guard let open = marks.first(where: { $0.byte == UInt8(ascii: "(") }) else { return [Array(text)] }
    guard let close = marks.first(where: { $0.byte == UInt8(ascii: ")") && $0.depth == 1 && $0.place > open.place })
    else { return nil }
    var (inside, behind) = (text[(open.place + 1)..<close.place], text[(close.place + 1)...])
    if inside.starts(with: "?:".utf8) { inside = inside.dropFirst(2) }
    guard !(behind.first.map { "*+?{".utf8.contains($0) } ?? false),
      let middles = alternatives(of: inside), let ends = alternatives(of: behind),
      middles.count * ends.count <= mostAlternatives
    else { return nil }
    return middles.flatMap { middle in ends.map { text[..<open.place] + middle + $0 } }
  }
}

/// A pattern without alternatives.
private struct NamePattern {
  private struct Element {
    var accepts: @Sendable (UInt8) -> Bool
    var isOptional = false
    var repeats = false
  }

  private static let digits = UInt8(ascii: "0")...UInt8(ascii: "9")

  private var elements: [Element] = []
  private let isAnchored: Bool

  init?(_ text: [UInt8], isWhole: Bool) {
    var rest = text[...]
    let isAnchored = rest.first == UInt8(ascii: "^")
    if isAnchored { rest.removeFirst() }
    self.isAnchored = isAnchored || isWhole
    if rest.last == UInt8(ascii: "$") { rest.removeLast() }
    while let byte = rest.popFirst() {
      switch UnicodeScalar(byte) {
      case ".": elements.append(Element { _ in true })
      case "[":
        guard let accepted = Self.classOfBytes(&rest) else { return nil }
        elements.append(Element { accepted[Int($0)] })
      case "\\":
        guard let accepted = Self.escaped(rest.popFirst()) else { return nil }
        elements.append(Element { accepted.contains($0) })
      case "*", "+", "?":
        guard let last = elements.indices.last, !elements[last].repeats, !elements[last].isOptional else { return nil }
        elements[last].repeats = byte != UInt8(ascii: "?")
        elements[last].isOptional = byte != UInt8(ascii: "+")
      case "a"..."z", "A"..."Z", "0"..."9", "_", "-": elements.append(Element { $0 == byte })
      default: return nil
      }
    }
  }

  /// What `\d` and an escaped full stop stand for.
  private static func escaped(_ byte: UInt8?) -> ClosedRange<UInt8>? {
    switch byte {
    case UInt8(ascii: "d"): digits
    case let stop? where stop == UInt8(ascii: "."): stop...stop
    default: nil
    }
  }

  /// The bytes of a class, whose bracket is read already: names, digits and ranges of them.
  private static func classOfBytes(_ rest: inout ArraySlice<UInt8>) -> [Bool]? {
    let isNegated = rest.first == UInt8(ascii: "^")
    if isNegated { rest.removeFirst() }
    var accepted = [Bool](repeating: isNegated, count: 256)
    var isEmpty = true
    while let byte = rest.popFirst(), byte != UInt8(ascii: "]") {
      var range = byte...byte
      if byte == UInt8(ascii: "\\") {
        guard let escaped = escaped(rest.popFirst()) else { return nil }
        range = escaped
      } else if rest.first == UInt8(ascii: "-"), let last = rest.dropFirst().first, last != UInt8(ascii: "]") {
        guard last >= byte, last != UInt8(ascii: "\\") else { return nil }
        range = byte...last
        rest = rest.dropFirst(2)
      }
      guard range.upperBound < 0x80 else { return nil }
      for byte in range { accepted[Int(byte)] = !isNegated }
      isEmpty = false
      if rest.isEmpty { return nil }  // nothing closes it
    }
    return isEmpty ? nil : accepted
  }

  /// Whether a module's name ends so, at the name's beginning or, where it is not anchored, after a full stop.
  func matches(_ name: String) -> Bool {
    var beginnings = [Bool](repeating: false, count: elements.count + 1)
    beginnings[0] = true
    stepOver(&beginnings)
    // Which numbers of elements are matched, for all ways at once.
    var reached = beginnings
    for byte in name.utf8 {
      var next = !isAnchored && byte == UInt8(ascii: ".") ? beginnings : beginnings.map { _ in false }
      for (place, element) in elements.enumerated() where element.accepts(byte) {
        if reached[place] || element.repeats && reached[place + 1] { next[place + 1] = true }
      }
      stepOver(&next)
      reached = next
    }
    return reached[elements.count]
  }

  /// Adds what is reached without a character.
  private func stepOver(_ reached: inout [Bool]) {
    for (place, element) in elements.enumerated() where element.isOptional && reached[place] {
      reached[place + 1] = true
    }
  }
}
