public import Engine
public import Sampling

/// Settings that are asked for; `nil` leaves one to the model's files and the preset.
public struct GenerationOverrides: Sendable, Hashable {
  /// Whether to draw at random. Where it is `nil`, any of the settings of drawing implies it.
  public var doSample: Bool?
  /// See `SamplingParameters.temperature`.
  public var temperature: Double?
  /// See `SamplingParameters.topH`.
  public var topH: Double?
  /// See `SamplingParameters.topK`.
  public var topK: Int?
  /// See `SamplingParameters.topP`.
  public var topP: Double?
  /// See `SamplingParameters.minP`.
  public var minP: Double?
  /// See `SamplingParameters.typicalP`.
  public var typicalP: Double?
  /// See `SamplingParameters.epsilonCutoff`.
  public var epsilonCutoff: Double?
  /// See `SamplingParameters.etaCutoff`.
  public var etaCutoff: Double?
  /// See `SamplingParameters.repetitionPenalty`.
  public var repetitionPenalty: Double?
  /// See `SamplingParameters.encoderRepetitionPenalty`.
  public var encoderRepetitionPenalty: Double?
  /// See `SamplingParameters.presencePenalty`.
  public var presencePenalty: Double?
  /// See `SamplingParameters.frequencyPenalty`.
  public var frequencyPenalty: Double?
  /// See `SamplingParameters.logitBias`.
  public var logitBias: [Int32: Double]?
  /// See `SamplingParameters.sequenceBias`.
  public var sequenceBias: [SequenceBias]?
  /// See `SamplingParameters.exponentialDecay`.
  public var exponentialDecay: ExponentialDecay?
  /// See `SamplingParameters.noRepeatNgramSize`.
  public var noRepeatNgramSize: Int?
  /// See `SamplingParameters.encoderNoRepeatNgramSize`.
  public var encoderNoRepeatNgramSize: Int?
  /// See `SamplingParameters.badWords`.
  public var badWords: [[Int32]]?
  /// See `SamplingParameters.suppressTokens`.
  public var suppressTokens: [Int32]?
  /// See `SamplingParameters.beginSuppressTokens`.
  public var beginSuppressTokens: [Int32]?
  /// See `SamplingParameters.allowedTokens`.
  public var allowedTokens: [Int32]?
  /// See `SamplingParameters.forcedBOSToken`.
  public var forcedBOSToken: [Int32]?
  /// See `SamplingParameters.forcedEOSTokens`.
  public var forcedEOSTokens: [Int32]?
  /// See ``GenerationSettings/guidanceScale``.
  public var guidanceScale: Double?
  /// See ``GenerationSettings/negativePrompt``.
  public var negativePrompt: String?
  /// The most tokens of prompt and continuation; ``maxNewTokens`` takes precedence.
  public var maxLength: Int?
  /// The most tokens of the continuation.
  public var maxNewTokens: Int?
  /// The fewest tokens of prompt and continuation; ``minNewTokens`` takes precedence.
  public var minLength: Int?
  /// The fewest tokens of the continuation.
  public var minNewTokens: Int?
  /// See ``GenerationSettings/maximumTime``.
  public var maximumTime: Double?
  /// See `BeamParameters.count`.
  public var beams: Int?
  /// See `BeamParameters.lengthPenalty`.
  public var lengthPenalty: Double?
  /// See `BeamParameters.earlyStopping`.
  public var earlyStopping: BeamParameters.EarlyStopping?
  /// See ``GenerationSettings/topLogProbabilities``.
  public var topLogProbabilities: Int?
  /// See ``GenerationSettings/echo``.
  public var echo: Bool?
  /// See ``GenerationSettings/samples``.
  public var samples: Int?
  /// See ``GenerationSettings/seed``; drawn at random where `nil`.
  public var seed: UInt64?
  /// See ``GenerationSettings/stop``.
  public var stop: [String]?
  /// See ``GenerationSettings/stopTokens``.
  public var stopTokens: [Int32]?
  /// See ``GenerationSettings/includesStop``.
  public var includesStop: Bool?
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
