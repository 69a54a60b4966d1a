public import Sampling
package import JSON

/// Everything that decides how texts are written, each value with where it came from.
public struct GenerationSettings: Sendable {
  /// Whose defaults hold.
  public var preset: SettingsPreset
  /// How a token is chosen.
  public var sampling = SamplingParameters()
  /// Where a text ends at the latest.
  public var maximumLength = LengthLimit.new(20)
  /// Until where the end of text is suppressed.
  public var minimumLength = LengthLimit.new(0)
  /// How many texts are written for a prompt.
  public var samples = 1
  /// The key of the random numbers.
  public var seed: UInt64 = 0
  /// Strings that end a text.
  public var stop: [String] = []
  /// Goes before the prompt, is not shown, and does not count in lengths.
  public var prefix = ""
  /// The tokens that end a text.
  public var endOfText: [Int32] = []
  /// Whether to go on writing after an end of text.
  public var ignoresEndOfText = false
  /// Whether the prompt is part of the text given back.
  public var returnsFullText = true
  /// Where each value came from.
  public internal(set) var sources: [Setting: SettingSource] = [:]
  /// Requests of the model's files that are not supported, as sentences.
  public internal(set) var notices: [String] = []
}

extension GenerationSettings {
  /// How many tokens may and must follow a prompt.
  ///
  /// - Parameters:
  ///   - promptTokens: The prompt's tokens, without the prefix.
  ///   - prefixTokens: The prefix's tokens.
  ///   - contextLength: The model's context, which the whole sequence has to fit into.
  /// - Returns: The range of the number of new tokens; its lower bound is until where the end of text is suppressed.
  /// - Throws: ``SettingsError`` where not even one token may follow.
  public func newTokens(
    promptTokens: Int, prefixTokens: Int = 0, contextLength: Int
  ) throws(SettingsError) -> ClosedRange<Int> {
    let room = contextLength - promptTokens - prefixTokens
    guard room > 0 else {
      throw .promptTooLong(tokens: promptTokens + prefixTokens, limit: contextLength)
    }
    let maximum = maximumLength.newTokens(after: promptTokens)
    guard maximum > 0 else {
      throw .lengthBelowPrompt(
        limit: maximum + promptTokens, source: sources[.maxLength] ?? .transformersDefault, promptTokens: promptTokens)
    }
    let limit = min(room, maximum)
    let minimum = max(0, minimumLength.newTokens(after: promptTokens))
    // A file's minimum gives way to a maximum that was asked for; one that was asked for does not.
    if minimum > limit, sources[minimumSetting]?.isAsked == true {
      throw .minimumAboveLimit(minimumSetting, minimum: minimum, limit: limit, isContext: maximum >= room)
    }
    return min(limit, minimum)...limit
  }

  private var minimumSetting: Setting {
    switch minimumLength {
    case .total: .minLength
    case .new: .minNewTokens
    }
  }
}

extension GenerationSettings {
  /// The settings as `--show-config` prints them: name, value, and where it came from.
  package var table: [(setting: Setting, value: JSON, source: SettingSource)] {
    Setting.table.compactMap { row in
      sources[row.setting].map { (row.setting, row.json(in: self), $0) }
    }
  }
}
