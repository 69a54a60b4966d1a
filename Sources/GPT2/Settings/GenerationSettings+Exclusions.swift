internal import JSON

extension GenerationSettings {
  /// The settings that rule tokens out.
  private static let excluding: [Setting] = [
    .logitBias, .sequenceBias, .noRepeatNgramSize, .encoderNoRepeatNgramSize, .badWords, .suppressTokens,
    .beginSuppressTokens, .allowedTokens, .minLength, .minNewTokens, .ignoresEndOfText,
  ]

  /// The places, of files and of those that were asked for, where tokens are ruled out.
  private var exclusions: [(setting: Setting, source: SettingSource)] {
    Self.excluding.compactMap { setting in
      guard let source = sources[setting], source.isAsked || source.isFile else { return nil }
      return setting.row.json(in: self).rulesOutNothing ? nil : (setting, source)
    }
  }

  /// Whether it is the model's files alone that rule out every token.
  package var areTokensExcludedByFiles: Bool { !exclusions.isEmpty && exclusions.allSatisfy { $0.source.isFile } }

  /// What rules tokens out, as the end of a sentence, such as "by suppress_tokens in generation_config.json"; nil where
  /// nothing does.
  package func exclusionsText(_ names: SettingNames) -> String? {
    let subjects = exclusions.map { $0.source.subject($0.setting, names) }
    return subjects.isEmpty ? nil : "by " + subjects.joined(separator: ", ")
  }
}

extension JSON {
  /// Whether a setting of this value leaves every token.
  fileprivate var rulesOutNothing: Bool {
    switch self {
    case .null, .boolean(false), .integer(0): true
    case .array(let elements): elements.isEmpty
    case .object(let members): members.isEmpty
    default: false
    }
  }
}
