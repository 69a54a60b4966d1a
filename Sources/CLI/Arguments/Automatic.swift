import ArgumentParser

/// One of a closed set of values, or `auto`: the program's choice.
struct Automatic<Value>: ExpressibleByArgument
where Value: CaseIterable & RawRepresentable & Sendable, Value.RawValue == String {
  /// The value asked for; nil for `auto`.
  let value: Value?

  init(_ value: Value? = nil) { self.value = value }

  init?(argument: String) {
    value = Value(rawValue: argument)
    if value == nil && argument != "auto" { return nil }
  }

  static var allValueStrings: [String] { ["auto"] + Value.allCases.map(\.rawValue) }
  var defaultValueDescription: String { value?.rawValue ?? "auto" }
}
