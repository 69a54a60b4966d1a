internal import GPT2
internal import JSON

/// A field of an item, which knows its name when its value turns out to be wrong.
struct ItemField {
  let name: String
  let value: JSON

  func string() throws(ItemError) -> String { try require(value.string, "a string") }
  func boolean() throws(ItemError) -> Bool { try require(value.boolean, "true or false") }
  func number() throws(ItemError) -> Double { try require(value.number, "a number") }
  func integer() throws(ItemError) -> Int { try require(value.integer, "a whole number") }

  /// A whole number from 0 up; one too large for JSON's readers may be written as a string.
  func seed() throws(ItemError) -> UInt64 {
    let seed = value.integer.flatMap { UInt64(exactly: $0) } ?? value.string.flatMap { UInt64($0) }
    return try require(seed, "a whole number from 0 to \(UInt64.max), as a string above \(Int.max)")
  }

  /// A string, or a list of strings; none of them empty.
  func strings() throws(ItemError) -> [String] {
    if let string = value.string { return try nonEmpty([string]) }
    let strings = value.array.map { $0.compactMap(\.string) }
    return try nonEmpty(
      require(strings?.count == value.array?.count ? strings : nil, "a string or a list of strings"))
  }

  /// A text, or token ids.
  func prompt() throws(ItemError) -> Prompt {
    if let text = value.string { return .text(text) }
    let elements = try require(value.array, "a string or a list of token ids")
    var ids: [Int32] = []
    ids.reserveCapacity(elements.count)
    for (place, element) in elements.enumerated() {
      guard let id = element.integer.flatMap({ Int32(exactly: $0) }) else {
        throw ItemError(
          .invalidItem,
          "'\(name)' must be a string or a list of token ids, but its element \(place) is \(found(element)).")
      }
      ids.append(id)
    }
    return .tokens(ids)
  }

  /// A refusal of a name that means nothing here.
  func unknown(in place: String) -> ItemError {
    ItemError(.invalidItem, "'\(name.prefix(100))' is not a field of \(place).")
  }

  /// Accepts a value that changes nothing, and refuses others.
  func requireNeutral(_ isNeutral: (JSON) -> Bool) throws(ItemError) {
    guard isNeutral(value) else {
      throw ItemError(.invalidItem, "'\(name)' is not supported: leave it out.")
    }
  }

  private func nonEmpty(_ strings: [String]) throws(ItemError) -> [String] {
    if strings.contains("") { throw ItemError(.invalidItem, "'\(name)' must not hold an empty string.") }
    return strings
  }

  private func require<Value>(_ value: Value?, _ expected: String) throws(ItemError) -> Value {
    guard let value else {
      throw ItemError(.invalidItem, "'\(name)' must be \(expected), found \(found(self.value)).")
    }
    return value
  }

  private func found(_ value: JSON) -> String {
    switch value {
    case .number(let number): "\(number)"
    case .integer(let number): "\(number)"
    default: value.kind
    }
  }
}
