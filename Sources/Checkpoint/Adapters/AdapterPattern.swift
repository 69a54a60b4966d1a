/// A key of `rank_pattern` or `alpha_pattern`: a regular expression for the end of a module's name.
///
/// PEFT compares by `(.*\.)?(KEY)$` (`get_pattern_key`). Keys come from files of strangers, and are compared in linear
/// time: characters, `.` and `\d`, each with `*`, `+` or `?`, and `^` at the beginning are all that names need.
struct AdapterPattern {
  private struct Element {
    var accepts: @Sendable (UInt8) -> Bool
    var isOptional = false
    var repeats = false
  }

  private var elements: [Element] = []
  private let isAnchored: Bool

  /// The pattern of a key; nil for one that says more than the above.
  init?(_ key: String) {
    var rest = Array(key.utf8)[...]
    isAnchored = rest.first == UInt8(ascii: "^")
    if isAnchored { rest.removeFirst() }
    if rest.last == UInt8(ascii: "$") { rest.removeLast() }
    while let byte = rest.popFirst() {
      switch UnicodeScalar(byte) {
      case ".": elements.append(Element { _ in true })
      case "\\":
        switch rest.popFirst() {
        case UInt8(ascii: "d"): elements.append(Element { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
        case UInt8(ascii: "."): elements.append(Element { $0 == UInt8(ascii: ".") })
        default: return nil
        }
      case "*", "+", "?":
        guard let last = elements.indices.last, !elements[last].repeats, !elements[last].isOptional else { return nil }
        elements[last].repeats = byte != UInt8(ascii: "?")
        elements[last].isOptional = byte != UInt8(ascii: "+")
      case "a"..."z", "A"..."Z", "0"..."9", "_", "-": elements.append(Element { $0 == byte })
      default: return nil
      }
    }
  }

  /// Whether a module's name ends so, at the name's beginning or after a full stop.
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
