/// A limit that two settings say: as a total of prompt and continuation, or as a number of new tokens.
struct LengthLimitNames: Sendable {
  let total: SettingColumns
  let new: SettingColumns
  // Where each is asked for, and where the limit is stored.
  let askedTotal: SettingPath<GenerationOverrides, Int?>
  let askedNew: SettingPath<GenerationOverrides, Int?>
  let stored: SettingPath<GenerationSettings, LengthLimit>
  /// The default, in new tokens.
  let fallback: Int
  let range: SettingRange<Int>
  /// How a file's value is read.
  var kind = SettingKind<Int>.integer

  /// The longest length that is believed, in tokens.
  private static let longest = 1_000_000_000

  static let maximum = LengthLimitNames(
    total: SettingColumns(
      .maxLength, argument: "count", help: "The most tokens of prompt and text together."),
    new: SettingColumns(
      .maxNewTokens, completionsField: "max_tokens", argument: "count",
      help: "The most tokens to write (default: the model's, else 256)."),
    askedTotal: \.maxLength, askedNew: \.maxNewTokens, stored: \.maximumLength, fallback: 20,
    range: .integers(1...longest))

  static let minimum = LengthLimitNames(
    total: SettingColumns(
      .minLength, argument: "count", help: "The fewest tokens of prompt and text together."),
    new: SettingColumns(.minNewTokens, argument: "count", help: "The fewest tokens to write."),
    askedTotal: \.minLength, askedNew: \.minNewTokens, stored: \.minimumLength, fallback: 0,
    range: .integers(0...longest), kind: .count)
}
