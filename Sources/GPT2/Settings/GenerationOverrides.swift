/// Settings that are asked for; `nil` leaves one to the model's files and the preset.
public struct GenerationOverrides: Sendable, Hashable {
  /// Whether to draw at random. Where it is `nil`, any of the settings of drawing implies it.
  public var doSample: Bool?
  /// See `SamplingParameters.temperature`.
  public var temperature: Double?
  /// See `SamplingParameters.topK`.
  public var topK: Int?
  /// See `SamplingParameters.topP`.
  public var topP: Double?
  /// See `SamplingParameters.minP`.
  public var minP: Double?
  /// See `SamplingParameters.typicalP`.
  public var typicalP: Double?
  /// See `SamplingParameters.repetitionPenalty`.
  public var repetitionPenalty: Double?
  /// See `SamplingParameters.noRepeatNgramSize`.
  public var noRepeatNgramSize: Int?
  /// See `SamplingParameters.badWords`.
  public var badWords: [[Int32]]?
  /// The most tokens of prompt and continuation; ``maxNewTokens`` takes precedence.
  public var maxLength: Int?
  /// The most tokens of the continuation.
  public var maxNewTokens: Int?
  /// The fewest tokens of prompt and continuation; ``minNewTokens`` takes precedence.
  public var minLength: Int?
  /// The fewest tokens of the continuation.
  public var minNewTokens: Int?
  /// See ``GenerationSettings/samples``.
  public var samples: Int?
  /// See ``GenerationSettings/seed``; drawn at random where `nil`.
  public var seed: UInt64?
  /// See ``GenerationSettings/stop``.
  public var stop: [String]?
  /// See ``GenerationSettings/prefix``; empty for none.
  public var prefix: String?
  /// See ``GenerationSettings/ignoresEndOfText``.
  public var ignoresEndOfText: Bool?
  /// See ``GenerationSettings/returnsFullText``.
  public var returnsFullText: Bool?

  /// Nothing asked for.
  public init() {}
}

extension GenerationOverrides {
  /// The first setting asked for that is a way of drawing; nil where there is none.
  package var settingThatImpliesDrawing: Setting? {
    Setting.table.first { $0.columns.impliesDrawing && $0.isAsked(in: self) }?.setting
  }

  /// A batch job's overrides, with its item's in place of them.
  package func overridden(by item: GenerationOverrides) -> GenerationOverrides {
    var merged = self
    for row in Setting.table { row.copy(from: item, to: &merged) }
    return merged
  }
}
