/// What settings are called where a sentence about them is read.
package struct SettingNames: Sendable {
  /// A setting's name.
  let name: @Sendable (Setting) -> String
  /// What cuts a prompt that is too long.
  let truncation: String
  /// What takes token ids in place of text.
  let tokens: String
  /// The preset of a model's author.
  let cardPreset: String

  /// In Swift: the properties of ``GenerationOverrides``.
  package static let properties = SettingNames(
    name: \.property, truncation: "the overflow leftTruncate", tokens: "Prompt.tokens", cardPreset: "The preset card")

  /// On the command line: flags.
  package static let flags = SettingNames(
    name: { $0.flag ?? $0.rawValue }, truncation: "--overflow left-truncate", tokens: "--prompt-tokens",
    cardPreset: "--preset card")

  /// In a request: an item of a batch, whose job has flags, or one over HTTP.
  ///
  /// - Parameters:
  ///   - asked: The fields that it has.
  ///   - truncation: What cuts a prompt.
  ///   - field: The field of a setting that it has not.
  package static func fields(
    asked: [Setting: String] = [:], truncation: String = flags.truncation,
    _ field: @escaping @Sendable (SettingColumns) -> String?
  ) -> SettingNames {
    SettingNames(
      name: { setting in "'\(asked[setting] ?? field(setting.row.columns) ?? setting.rawValue)'" },
      truncation: truncation,
      tokens: "'prompt'", cardPreset: "'preset' card")
  }
}

extension Setting {
  /// The property of ``GenerationOverrides`` that asks for it.
  public var property: String { String(describing: self) }
}
