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
    // How many elements are matched, for all ways at once.
    let beginnings = Set([0]).union(optional(after: 0))
    var reached = beginnings
    for byte in name.utf8 {
      var next: Set<Int> = []
      for count in reached {
        if count < elements.count, elements[count].accepts(byte) {
          next.formUnion(Set([count + 1]).union(optional(after: count + 1)))
        }
        if count > 0, elements[count - 1].repeats, elements[count - 1].accepts(byte) {
          next.formUnion(Set([count]).union(optional(after: count)))
        }
      }
      reached = !isAnchored && byte == UInt8(ascii: ".") ? next.union(beginnings) : next
    }
    return reached.contains(elements.count)
  }

  /// What is reached without a character.
  private func optional(after count: Int) -> Set<Int> {
    var reached: Set<Int> = []
    var count = count
    while count < elements.count, elements[count].isOptional {
      count += 1
      reached.insert(count)
    }
    return reached
  }
}
