// JSON Schemas (https://json-schema.org/draft/2020-12).

extension JSON {
  /// The JSON Schema of a type.
  package static func type(_ name: String) -> JSON { ["type": .string(name)] }

  /// An object with more members.
  package func with(_ more: [Member]) -> JSON { .object((members ?? []) + more) }

  /// The JSON Schema of a list.
  package static func list(of items: JSON) -> JSON { ["type": .string("array"), "items": items] }

  /// The JSON Schema of one value or a list.
  package static func oneOrMore(_ items: JSON) -> JSON { ["anyOf": .array([items, list(of: items)])] }
}
