internal import JSON

/// The places where a setting may be said, the most important first, and what was found where.
struct SettingsLayers {
  /// The members of one place.
  struct Layer {
    var source: SettingSource
    var members: JSON
  }

  let layers: [Layer]
  private(set) var sources: [Setting: SettingSource] = [:]

  init(_ layers: [Layer]) { self.layers = layers }

  /// A setting: what the command line says, else the first layer that says something, else `fallback`.
  mutating func value<Value>(
    _ setting: Setting, _ override: Value?, or fallback: Value, _ fallbackSource: SettingSource = .transformersDefault,
    as kind: SettingKind<Value>
  ) throws(SettingsError) -> Value {
    if let override {
      sources[setting] = .flag(setting.flag)
      return override
    }
    for layer in layers {
      guard let json = layer.members[setting.rawValue], !json.isNull else { continue }
      guard let value = kind.read(json) else {
        throw SettingsError("\(layer.source.subject(setting)) must be \(kind.name), found \(found(json)).")
      }
      sources[setting] = layer.source
      return value
    }
    sources[setting] = fallbackSource
    return fallback
  }

  /// A length, which a place may give as a total or as a number of new tokens: the first place that gives either
  /// decides, and where it gives both, the new tokens.
  mutating func length(
    total: Setting, _ totalOverride: Int?, new: Setting, _ newOverride: Int?, or fallback: Int,
    in range: ClosedRange<Int>
  ) throws(SettingsError) -> LengthLimit {
    let givesLength = { (layer: Layer) in
      [new, total].contains { layer.members[$0.rawValue].map { !$0.isNull } ?? false }
    }
    let isOverridden = newOverride != nil || totalOverride != nil
    let deciding = isOverridden ? nil : layers.first(where: givesLength)
    let isTotal =
      isOverridden
      ? newOverride == nil
      : deciding.map { $0.members[new.rawValue]?.isNull ?? true } ?? false
    let setting = isTotal ? total : new

    var layers = SettingsLayers(deciding.map { [$0] } ?? [])
    let count = try layers.value(setting, isTotal ? totalOverride : newOverride, or: fallback, as: .integer)
    let source = layers.sources[setting] ?? .transformersDefault
    guard range.contains(count) else {
      throw SettingsError(
        "\(source.subject(setting)) must be from \(range.lowerBound) to \(range.upperBound), found \(count).")
    }
    sources[setting] = source
    return isTotal ? .total(count) : .new(count)
  }

  /// Says that a setting follows from another source.
  mutating func attribute(_ setting: Setting, to source: SettingSource) { sources[setting] = source }

  private func found(_ json: JSON) -> String {
    switch json {
    case .number(let value): "\(value)"
    case .integer(let value): "\(value)"
    default: json.kind
    }
  }
}

/// How a setting's value is read from JSON, and what to call it in a message.
struct SettingKind<Value: Sendable>: Sendable {
  let name: String
  let read: @Sendable (JSON) -> Value?
}

extension SettingKind<Double> {
  static let number = SettingKind(name: "a number") { $0.number }
}

extension SettingKind<Int> {
  static let integer = SettingKind(name: "a whole number") { $0.integer }
}

extension SettingKind<Bool> {
  static let boolean = SettingKind(name: "true or false") { $0.boolean }
}

extension SettingKind<String> {
  static let string = SettingKind(name: "a string") { $0.string }
}

extension SettingKind<[String]> {
  static let strings = SettingKind(name: "a string or a list of strings") { json in
    if let string = json.string { return [string] }
    return all(json.array?.map(\.string))
  }
}

extension SettingKind<[Int32]> {
  static let tokens = SettingKind(name: "a token id or a list of token ids") { json in
    if let token = token(json) { return [token] }
    return all(json.array?.map(token))
  }
}

extension SettingKind<[[Int32]]> {
  static let tokenLists = SettingKind(name: "a list of lists of token ids") { json in
    all(json.array?.map { all($0.array?.map(token)) })
  }
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
