package import JSON

/// A row of the table of settings: everything that is known of one setting.
package protocol SettingRow: Sendable {
  /// Its names, help and places.
  var columns: SettingColumns { get }
  /// The kind of its value, for messages: "a number".
  var kindName: String { get }
  /// The JSON Schema of its value.
  var schema: JSON { get }

  /// Whether the setting is asked for.
  func isAsked(in overrides: GenerationOverrides) -> Bool
  /// Asks for a value.
  ///
  /// - Throws: ``SettingProblem`` for a value of a wrong type.
  func ask(for json: JSON, in overrides: inout GenerationOverrides) throws(SettingProblem)
  /// Puts an item's value in place of its job's.
  func copy(from item: GenerationOverrides, to job: inout GenerationOverrides)

  /// Finds the setting's value, and notes in `layers` where it comes from.
  func resolve(
    _ overrides: GenerationOverrides, _ layers: inout SettingsLayers, into settings: inout GenerationSettings
  ) throws(SettingsError)
  /// The value's fault, as the rest of a sentence; nil for a value that can be used.
  func problem(in settings: GenerationSettings) -> String?
  /// The value.
  func json(in settings: GenerationSettings) -> JSON
  /// The token ids in the value.
  func tokens(in settings: GenerationSettings) -> [Int32]
}

extension SettingRow {
  /// The setting.
  package var setting: Setting { columns.setting }
  /// The command line's flag; nil where only files say the setting.
  package var flag: String? { columns.flag }

  /// None, but for a few settings.
  package func tokens(in settings: GenerationSettings) -> [Int32] { [] }
}

/// A fault of a setting's value, as the rest of a sentence: "must be a number, found a string".
package struct SettingProblem: Error, Hashable {
  /// The rest of the sentence, without a full stop.
  package let text: String
}

/// The place of a row's value, in the overrides or in the settings.
typealias SettingPath<Root, Value> = any WritableKeyPath<Root, Value> & Sendable
