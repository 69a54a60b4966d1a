/// A JSON document that keeps object members in order and compares keys byte for byte.
///
/// Swift's `String` equality is canonical equivalence: `JSONDecoder` into `[String: Int]` silently merges
/// vocabulary entries that differ only in normalisation. Members are therefore pairs, and lookups compare UTF-8.
package enum JSON: Sendable {
  case null
  case boolean(Bool)
  /// A number without fraction or exponent that fits 64 bits.
  case integer(Int)
  case number(Double)
  case string(String)
  case array([JSON])
  case object([Member])

  /// One `"key": value` of an object.
  package struct Member: Sendable {
    /// The key as written, escapes resolved.
    package var key: String
    /// The value.
    package var value: JSON

    /// Makes a member.
    package init(_ key: String, _ value: JSON) {
      self.key = key
      self.value = value
    }
  }
}

extension JSON {
  /// The value of an object's member, comparing keys byte for byte; of duplicates, the last.
  ///
  /// `nil` where this is no object or has no such member. Linear in the number of members.
  package subscript(key: String) -> JSON? {
    guard case .object(let members) = self else { return nil }
    return members.last { $0.key.utf8.elementsEqual(key.utf8) }?.value
  }

  /// Whether this is `null`.
  package var isNull: Bool { if case .null = self { true } else { false } }
  /// The truth value, where this is one.
  package var boolean: Bool? { if case .boolean(let value) = self { value } else { nil } }
  /// The integer, where this is one; `3.0` counts.
  package var integer: Int? {
    switch self {
    case .integer(let value): value
    case .number(let value): Int(exactly: value)
    default: nil
    }
  }
  /// The number, where this is one.
  package var number: Double? {
    switch self {
    case .integer(let value): Double(value)
    case .number(let value): value
    default: nil
    }
  }
  /// The string, where this is one.
  package var string: String? { if case .string(let value) = self { value } else { nil } }
  /// The elements, where this is an array.
  package var array: [JSON]? { if case .array(let value) = self { value } else { nil } }
  /// The members, where this is an object.
  package var members: [Member]? { if case .object(let value) = self { value } else { nil } }
  /// The kind of value, as a word for messages.
  package var kind: String {
    switch self {
    case .null: "null"
    case .boolean: "a boolean"
    case .integer, .number: "a number"
    case .string: "a string"
    case .array: "an array"
    case .object: "an object"
    }
  }
  /// A number itself; of anything else, the kind of value.
  package var numberOrKind: String {
    switch self {
    case .number(let value): "\(value)"
    case .integer(let value): "\(value)"
    default: kind
    }
  }
}
