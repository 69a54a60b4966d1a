internal import JSON

/// A setting with one value.
struct ValueRow<Value: Sendable>: SettingRow {
  let columns: SettingColumns
  private let kind: SettingKind<Value>
  private let asked: SettingPath<GenerationOverrides, Value?>?
  private let stored: SettingPath<GenerationSettings, Value>
  private let fallback: @Sendable () -> Value
  private let range: SettingRange<Value>

  /// A row: how the value is read, where it is asked for and stored, its default and its range.
  init(
    _ columns: SettingColumns, _ kind: SettingKind<Value>,
    _ asked: SettingPath<GenerationOverrides, Value?>,
    _ stored: SettingPath<GenerationSettings, Value>,
    or fallback: @autoclosure @escaping @Sendable () -> Value, _ range: SettingRange<Value> = .any
  ) {
    self.columns = columns
    self.kind = kind
    self.asked = asked
    self.stored = stored
    self.fallback = fallback
    self.range = range
  }

  /// The row of a setting that only files say.
  init(
    fileOnly setting: Setting, _ kind: SettingKind<Value>, _ stored: SettingPath<GenerationSettings, Value>,
    or fallback: @autoclosure @escaping @Sendable () -> Value, _ range: SettingRange<Value> = .any,
    in places: SettingColumns.Places = .filesAndConfiguration
  ) {
    columns = SettingColumns(fileOnly: setting, places)
    self.kind = kind
    asked = nil
    self.stored = stored
    self.fallback = fallback
    self.range = range
  }

  var kindName: String { kind.name }
  var schema: JSON { kind.schema.with(range.schema) }

  func isAsked(in overrides: GenerationOverrides) -> Bool { value(askedIn: overrides) != nil }

  func ask(for json: JSON, in overrides: inout GenerationOverrides) throws(SettingProblem) {
    let value = try kind.askedValue(of: json)
    if let asked { overrides[keyPath: asked] = value }
  }

  func copy(from item: GenerationOverrides, to job: inout GenerationOverrides) {
    if let asked, let value = item[keyPath: asked] { job[keyPath: asked] = value }
  }

  func resolve(
    _ overrides: GenerationOverrides, _ layers: inout SettingsLayers, into settings: inout GenerationSettings
  ) throws(SettingsError) {
    settings[keyPath: stored] = try layers.value(columns, value(askedIn: overrides), or: fallback(), as: kind)
  }

  func problem(in settings: GenerationSettings) -> String? { range.problem(settings[keyPath: stored]) }

  func json(in settings: GenerationSettings) -> JSON { kind.json(settings[keyPath: stored]) }

  func tokens(in settings: GenerationSettings) -> [Int32] { kind.tokens(settings[keyPath: stored]) }

  private func value(askedIn overrides: GenerationOverrides) -> Value? { asked.flatMap { overrides[keyPath: $0] } }
}
