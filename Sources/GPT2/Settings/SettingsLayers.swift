internal import JSON

/// The places where a setting may stand, the most important first, and the values found there.
package struct SettingsLayers {
  /// The members of one place.
  struct Layer {
    var source: SettingSource
    var members: JSON
  }

  let layers: [Layer]
  private let configuration: Layer
  private(set) var sources: [Setting: SettingSource] = [:]

  /// Places in their order; the top of config.json comes after them, and has only some of the settings.
  init(_ layers: [Layer], configuration: Layer) {
    self.layers = layers
    self.configuration = configuration
  }

  /// A setting: the value asked for, else that of the first place that has one, else `fallback`.
  mutating func value<Value>(
    _ columns: SettingColumns, _ override: Value?, or fallback: @autoclosure () -> Value, as kind: SettingKind<Value>
  ) throws(SettingsError) -> Value {
    let places =
      switch columns.places {
      case .commandLine: [Layer]()
      case .files: layers
      case .filesAndConfiguration: layers + [configuration]
      }
    return try value(columns, override, or: fallback(), as: kind, in: places)
  }

  private mutating func value<Value>(
    _ columns: SettingColumns, _ override: Value?, or fallback: @autoclosure () -> Value, as kind: SettingKind<Value>,
    in places: [Layer]
  ) throws(SettingsError) -> Value {
    let setting = columns.setting
    if let override {
      sources[setting] = .asked(setting)
      return override
    }
    for layer in places {
      guard let json = layer.members[setting.rawValue], !json.isNull || kind.readsNull else { continue }
      sources[setting] = layer.source
      do throws(SettingProblem) {
        return try kind.value(of: json)
      } catch {
        throw .wrongType(setting, source: layer.source, problem: error.text)
      }
    }
    sources[setting] = columns.places == .commandLine ? .programDefault : .transformersDefault
    return fallback()
  }

  /// A length, which a place may give as a total or as a number of new tokens: the first place that gives either
  /// decides, and where it gives both, the new tokens.
  mutating func length(
    _ names: LengthLimitNames, total: Int?, new: Int?, or fallback: Int
  ) throws(SettingsError) -> LengthLimit {
    func gives(_ layer: Layer, _ columns: SettingColumns) -> Bool {
      layer.members[columns.setting.rawValue].map { !$0.isNull } ?? false
    }
    let isOverridden = new != nil || total != nil
    let deciding = isOverridden ? nil : layers.first { gives($0, names.new) || gives($0, names.total) }
    let isTotal = isOverridden ? new == nil : deciding.map { !gives($0, names.new) } ?? false
    let count = try value(
      isTotal ? names.total : names.new, isTotal ? total : new, or: fallback, as: names.kind,
      in: deciding.map { [$0] } ?? [])
    return isTotal ? .total(count) : .new(count)
  }

  /// Says that a setting follows from another source.
  mutating func attribute(_ setting: Setting, to source: SettingSource) { sources[setting] = source }
}
