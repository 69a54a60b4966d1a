package import Engine
package import JSON

/// How a setting's value is read from JSON and written to it, and its name in messages.
package struct SettingKind<Value: Sendable>: Sendable {
  let name: String
  /// As a JSON Schema.
  let schema: JSON
  let read: @Sendable (JSON) -> Value?
  let json: @Sendable (Value) -> JSON
  /// How a file's value is read, of which transformers takes more than this program takes of a request; nil for alike.
  var readFile: (@Sendable (JSON) -> Value?)?
  /// Whether null is a value, rather than nothing said.
  var readsNull = false
  /// A value that may stand in a file, but is a mistake in a request.
  var mistake: @Sendable (Value) -> String? = { _ in nil }
  /// The token ids in a value.
  var tokens: @Sendable (Value) -> [Int32] = { _ in [] }

  /// The same, with a file's value changed to one that means the same.
  func inFiles(_ change: @escaping @Sendable (Value) -> Value) -> SettingKind {
    var kind = self
    let read = readFile ?? read
    kind.readFile = { read($0).map(change) }
    return kind
  }

  /// The value of a field of a file.
  ///
  /// - Throws: ``SettingProblem`` for another type.
  func value(of json: JSON) throws(SettingProblem) -> Value { try checked((readFile ?? read)(json), json) }

  private func checked(_ value: Value?, _ json: JSON) throws(SettingProblem) -> Value {
    guard let value else { throw SettingProblem(text: "must be \(name), found \(json.briefOrKind)") }
    return value
  }

  /// The value of a field of a request.
  ///
  /// - Throws: ``SettingProblem`` for another type, or a mistake.
  package func askedValue(of json: JSON) throws(SettingProblem) -> Value {
    let value = try checked(read(json), json)
    if let mistake = mistake(value) { throw SettingProblem(text: mistake) }
    return value
  }
}

extension JSON {
  /// The same, and a short array or object itself, of which one element may be at fault.
  var briefOrKind: String {
    guard 1...16 ~= (array?.count ?? members?.count ?? 0) else { return numberOrKind }
    let text = text
    return text.utf8.count <= 48 ? text : kind
  }
}

extension SettingKind<Double> {
  package static let number = SettingKind(
    name: "a number", schema: .type("number"), read: { $0.number }, json: { .number($0) })
}

extension SettingKind<Int> {
  package static let integer = SettingKind(
    name: "a whole number", schema: .type("integer"), read: { $0.integer }, json: { .integer($0) })
}

// What transformers takes for off in a file, though it is out of range.

extension SettingKind<Double> {
  static let share = number.inFiles { min($0, 1) }
  /// Of 0 the likeliest token is left.
  static let nucleus = number.inFiles { $0 == 0 ? 1e-9 : min($0, 1) }
  static let cutoff = number.inFiles { 0 < $0 && $0 < 1 ? $0 : 0 }
  /// Where no time is left, one token comes, as in transformers; asked for, 0 is off.
  static let seconds = number.inFiles { max($0, 1e-9) }
}

extension SettingKind<Int> {
  static let count = integer.inFiles { max($0, 0) }
  static let countFromOne = integer.inFiles { max($0, 1) }
  /// More than any vocabulary has is as many.
  static let countOfTokens = integer.inFiles { min($0, Int(Int32.max)) }
}

extension SettingKind<UInt64> {
  /// From 0 up; one too large for JSON's readers may be written as a string.
  static let seed = SettingKind(
    name: "a whole number from 0 to \(UInt64.max), as a string above \(Int.max)",
    schema: ["anyOf": .array([["type": .string("integer"), "minimum": .integer(0)], .type("string")])],
    read: { json in json.integer.flatMap { UInt64(exactly: $0) } ?? json.string.flatMap { UInt64($0) } },
    json: { JSON($0) })
}

extension SettingKind<Bool> {
  package static let boolean = SettingKind(
    name: "true or false", schema: .type("boolean"), read: { $0.boolean }, json: { .boolean($0) },
    readFile: { json in json.boolean ?? json.integer.flatMap { [0: false, 1: true][$0] } })
}

extension SettingKind<String> {
  package static let string = SettingKind(
    name: "a string", schema: .type("string"), read: { $0.string }, json: { .string($0) })
}

extension SettingKind<[String]> {
  package static let strings = SettingKind(
    name: "a string or a list of strings", schema: .oneOrMore(["type": .string("string"), "minLength": .integer(1)]),
    read: { json in
      if let string = json.string { return [string] }
      return json.array?.map(\.string).unwrapped()
    },
    json: { .array($0.map { .string($0) }) },
    mistake: { $0.contains("") ? "must not hold an empty string" : nil })
}

extension SettingKind<BeamParameters.EarlyStopping> {
  /// As transformers has it: false, true or "never"; also as the strings that flags have.
  package static let earlyStopping = SettingKind(
    name: "false, true or \"never\"",
    schema: [
      "enum": .array(
        [.boolean(false), .boolean(true)] + BeamParameters.EarlyStopping.allCases.map { .string($0.rawValue) })
    ],
    read: { stopping($0) }, json: { $0 == .never ? .string($0.rawValue) : .boolean($0 == .whenFull) },
    readFile: { json in stopping(json) ?? json.integer.flatMap { [0: .heuristic, 1: .whenFull][$0] } })

  private static func stopping(_ json: JSON) -> BeamParameters.EarlyStopping? {
    if let isFull = json.boolean { return isFull ? .whenFull : .heuristic }
    // Of text from outside no more is compared than a name has: many combining marks take the square of their number.
    return json.string.flatMap { $0.utf8.count > 16 ? nil : BeamParameters.EarlyStopping(rawValue: $0) }
  }
}

extension Array {
  /// The elements, where each could be read.
  func unwrapped<Value>() -> [Value]? where Element == Value? {
    let read = compactMap(\.self)
    return read.count == count ? read : nil
  }
}
