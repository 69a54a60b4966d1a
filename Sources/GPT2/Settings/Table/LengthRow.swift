internal import JSON

/// One of the two settings that say a length: the row of the total finds the limit for both.
struct LengthRow: SettingRow {
  private let names: LengthLimitNames
  private let isTotal: Bool

  init(_ names: LengthLimitNames, isTotal: Bool) {
    self.names = names
    self.isTotal = isTotal
  }

  var columns: SettingColumns { isTotal ? names.total : names.new }
  var kindName: String { SettingKind<Int>.integer.name }
  var schema: JSON { SettingKind<Int>.integer.schema.with(names.range.schema) }
  private var asked: SettingPath<GenerationOverrides, Int?> {
    isTotal ? names.askedTotal : names.askedNew
  }

  func isAsked(in overrides: GenerationOverrides) -> Bool { overrides[keyPath: asked] != nil }

  func ask(for json: JSON, in overrides: inout GenerationOverrides) throws(SettingProblem) {
    overrides[keyPath: asked] = try SettingKind<Int>.integer.askedValue(of: json)
  }

  func copy(from item: GenerationOverrides, to job: inout GenerationOverrides) {
    guard let count = item[keyPath: asked] else { return }
    // Of a total and a number of new tokens, the number decides: the job's must not decide over the item's total.
    if isTotal { job[keyPath: names.askedNew] = nil }
    job[keyPath: asked] = count
  }

  func resolve(
    _ overrides: GenerationOverrides, _ layers: inout SettingsLayers, into settings: inout GenerationSettings
  ) throws(SettingsError) {
    // Also where the other name of the limit decides.
    let isNone = !isTotal && overrides[keyPath: asked] == 0 && overrides.echo == true
    if !isNone, let count = overrides[keyPath: asked], let problem = names.range.problem(count) {
      throw .outOfRange(setting, source: .asked(setting), problem: problem)
    }
    guard isTotal else { return }
    settings[keyPath: names.stored] = try layers.length(
      names, total: overrides[keyPath: names.askedTotal], new: overrides[keyPath: names.askedNew], or: names.fallback)
  }

  func problem(in settings: GenerationSettings) -> String? {
    switch settings[keyPath: names.stored] {
    case .total(let count): isTotal ? names.range.problem(count) : nil
    case .new(let count): isTotal || (count == 0 && settings.echo) ? nil : names.range.problem(count)
    }
  }

  func json(in settings: GenerationSettings) -> JSON {
    switch settings[keyPath: names.stored] {
    case .total(let count), .new(let count): .integer(count)
    }
  }
}
