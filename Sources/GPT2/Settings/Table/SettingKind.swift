package import JSON

/// How a setting's value is read from JSON and written to it, and its name in messages.
package struct SettingKind<Value: Sendable>: Sendable {
  let name: String
  let read: @Sendable (JSON) -> Value?
  let json: @Sendable (Value) -> JSON
  /// Whether null is a value, rather than nothing said.
  var readsNull = false
  /// A value that may stand in a file, but is a mistake in a request.
  var mistake: @Sendable (Value) -> String? = { _ in nil }

  /// The value of a field.
  ///
  /// - Throws: ``SettingProblem`` for another type.
  func value(of json: JSON) throws(SettingProblem) -> Value {
    guard let value = read(json) else { throw SettingProblem(text: "must be \(name), found \(json.numberOrKind)") }
    return value
  }

  /// The value of a field of a request.
  ///
  /// - Throws: ``SettingProblem`` for another type, or a mistake.
  package func askedValue(of json: JSON) throws(SettingProblem) -> Value {
    let value = try value(of: json)
    if let mistake = mistake(value) { throw SettingProblem(text: mistake) }
    return value
  }
}

extension JSON {
  /// A number itself; of anything else, the kind of value.
  package var numberOrKind: String {
    switch self {
    case .number(let value): "\(value)"
    case .integer(let value): "\(value)"
    default: kind
    }
  }
}

extension SettingKind<Double> {
  package static let number = SettingKind(name: "a number", read: { $0.number }, json: { .number($0) })
}

extension SettingKind<Int> {
  package static let integer = SettingKind(name: "a whole number", read: { $0.integer }, json: { .integer($0) })
}

extension SettingKind<UInt64> {
  /// From 0 up; one too large for JSON's readers may be written as a string.
  static let seed = SettingKind(
    name: "a whole number from 0 to \(UInt64.max), as a string above \(Int.max)",
    read: { json in json.integer.flatMap { UInt64(exactly: $0) } ?? json.string.flatMap { UInt64($0) } },
    json: { JSON($0) })
}

extension SettingKind<Bool> {
  package static let boolean = SettingKind(name: "true or false", read: { $0.boolean }, json: { .boolean($0) })
}

extension SettingKind<String> {
  package static let string = SettingKind(name: "a string", read: { $0.string }, json: { .string($0) })
}

extension SettingKind<[String]> {
  package static let strings = SettingKind(
    name: "a string or a list of strings",
    read: { json in
      if let string = json.string { return [string] }
      return all(json.array?.map(\.string))
    },
    json: { .array($0.map { .string($0) }) },
    mistake: { $0.contains("") ? "must not hold an empty string" : nil })
}

extension SettingKind<[Int32]> {
  static let tokens = SettingKind(
    name: "a token id or a list of token ids",
    read: { json in
      if json.isNull { return [] }
      if let token = token(json) { return [token] }
      return all(json.array?.map(token))
    },
    json: { JSON(tokens: $0) }, readsNull: true)
}

extension SettingKind<[[Int32]]> {
  static let tokenLists = SettingKind(
    name: "a list of lists of token ids", read: { json in all(json.array?.map { all($0.array?.map(token)) }) },
    json: { .array($0.map { JSON(tokens: $0) }) })
}

extension JSON {
  fileprivate init(tokens: [Int32]) { self = .array(tokens.map { .integer(Int($0)) }) }
}

private func token(_ json: JSON) -> Int32? {
  json.integer.flatMap { Int32(exactly: $0) }.flatMap { $0 >= 0 ? $0 : nil }
}

/// The elements, where there are any and each could be read.
private func all<Element>(_ elements: [Element?]?) -> [Element]? {
  guard let elements else { return nil }
  let read = elements.compactMap(\.self)
  return read.count == elements.count ? read : nil
}
