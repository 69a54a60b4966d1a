internal import JSON

/// A setting of transformers that is not supported: where a file asks for it, the text differs from transformers'.
struct UnsupportedSetting {
  let name: String
  /// What asks for nothing, as null does; null where every other value asks for something.
  let neutral: Neutral
  /// Whether transformers itself does it no more, but a repository of the Hub that it would load.
  var isOutOfCore = false

  /// All that are known, in the order of their notices. `remove_invalid_values` is not among them: it changes no text of
  /// logits that are finite.
  static let table = [
    UnsupportedSetting(name: "num_beam_groups", neutral: .number(1), isOutOfCore: true),
    UnsupportedSetting(name: "diversity_penalty", neutral: .number(0), isOutOfCore: true),
    UnsupportedSetting(name: "force_words_ids", neutral: .null, isOutOfCore: true),
    UnsupportedSetting(name: "constraints", neutral: .null, isOutOfCore: true),
    UnsupportedSetting(name: "penalty_alpha", neutral: .number(0), isOutOfCore: true),
    UnsupportedSetting(name: "dola_layers", neutral: .null, isOutOfCore: true),
    UnsupportedSetting(name: "token_healing", neutral: .boolean(false)),
    UnsupportedSetting(name: "watermarking_config", neutral: .null),
  ]

  /// A sentence that says so.
  func notice(_ source: SettingSource) -> String {
    "\(name) in \(source) is not supported and is left out"
      + (isOutOfCore ? "; transformers 5 has moved it out of its core, too." : ".")
  }

  /// Whether the members of a file ask for it.
  func isAsked(in members: JSON) -> Bool {
    guard let value = members[name], !value.isNull else { return false }
    if neutral == .null { return true }
    if let number = value.number { return neutral != .number(number) }
    return value.boolean.map { neutral != .boolean($0) } ?? false
  }

  /// A value of a file. Not ``JSON``: the optimiser of Swift 6.3 fails on that where coverage is measured.
  enum Neutral: Equatable {
    case null
    case number(Double)
    case boolean(Bool)
  }
}
