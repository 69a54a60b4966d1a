/// How to choose a token from one row of logits: ``SamplingParameters`` as the numbers that the arithmetic uses.
///
/// ``HostSampler`` and the kernels `Kernels/*/sampling*.cl` read the same 48 bytes, so both start from equal numbers:
/// whatever can be rounded differently (reciprocals, logarithms, fractions) has been computed here, once.
/// The order and the sizes of the fields are the kernels' `struct Row`.
package struct SamplingRow: Sendable, Hashable, BitwiseCopyable {
  /// Switches of a row.
  package struct Flags: OptionSet, Sendable, Hashable, BitwiseCopyable {
    /// The bits.
    package var rawValue: UInt32
    /// Flags from their bits.
    package init(rawValue: UInt32) { self.rawValue = rawValue }
    /// Take the largest logit instead of drawing.
    package static let greedy = Flags(rawValue: 1)
    /// The end-of-text tokens may not be chosen.
    package static let suppressEndOfText = Flags(rawValue: 2)
    /// Apply the repetition penalty.
    package static let penalize = Flags(rawValue: 4)
    /// Sum the masses of the row as the model gave it, for the log-probability.
    package static let logProbability = Flags(rawValue: 8)
    /// The first row of its slot's sequence: the slot's mark of an ended sequence is the last owner's.
    package static let starts = Flags(rawValue: 16)
    /// An end-of-text token ends the sequence.
    package static let ends = Flags(rawValue: 32)
  }

  /// The 64 random bits that choose the token.
  package var draw: UInt64
  /// 1 - top-p, in units of 2⁻⁶⁴; 0 is off.
  package var removedFraction: UInt64
  /// The row of the logits.
  package var logitsRow: UInt32
  /// The sequence: the row of `seen` and the place in `tokens`.
  package var slot: UInt32
  /// The switches.
  package var flags: Flags
  /// How many of the largest logits stay; 0 is off.
  package var topK: UInt32
  /// log2(e) / temperature: octaves of probability per logit.
  package var scale: Float
  /// Multiplies negative logits of seen tokens.
  package var penalty: Float
  /// Multiplies positive logits of seen tokens.
  package var inversePenalty: Float
  /// Min-p, as the deepest depth that stays (see `TokenMass`).
  package var depthLimit: UInt32
}

extension SamplingRow {
  /// The numbers for one choice.
  ///
  /// - Parameters:
  ///   - parameters: Validated parameters.
  ///   - draw: The bits from ``Philox4x32/draw(item:sample:position:)``.
  ///   - logitsRow: The row of the logits.
  ///   - slot: The sequence's row of `seen` and place in `tokens`.
  ///   - suppressesEndOfText: Whether the sequence is still too short to end.
  ///   - wantsLogProbability: Whether the token's log-probability is asked for.
  ///   - starts: Whether this is the sequence's first token.
  ///   - ends: Whether an end-of-text token ends the sequence.
  package init(
    _ parameters: SamplingParameters, draw: UInt64, logitsRow: UInt32 = 0, slot: UInt32 = 0,
    suppressesEndOfText: Bool = false, wantsLogProbability: Bool = false, starts: Bool = false, ends: Bool = false
  ) {
    self.draw = draw
    self.logitsRow = logitsRow
    self.slot = slot
    flags = []
    if !parameters.doSample { flags.insert(.greedy) }
    if suppressesEndOfText { flags.insert(.suppressEndOfText) }
    if parameters.repetitionPenalty != 1 { flags.insert(.penalize) }
    if wantsLogProbability { flags.insert(.logProbability) }
    if starts { flags.insert(.starts) }
    if ends { flags.insert(.ends) }
    topK = UInt32(clamping: parameters.topK)
    scale = Self.normal(1.4426950408889634 / parameters.temperature)
    penalty = Self.normal(parameters.repetitionPenalty)
    inversePenalty = Self.normal(1 / parameters.repetitionPenalty)
    removedFraction = UInt64(exactly: ((1 - parameters.topP) * 0x1p64).rounded(.down)) ?? .max
    depthLimit =
      parameters.minP > 0
      ? TokenMass.depth(ofMassAtLeast: UInt64((min(parameters.minP, 1) * Double(TokenMass.unit)).rounded(.up)))
      : TokenMass.deepest
  }

  /// The nearest normal number: devices may flush subnormal ones to zero, and infinity times zero is not a number.
  private static func normal(_ value: Double) -> Float {
    min(max(Float(value), .leastNormalMagnitude), .greatestFiniteMagnitude)
  }
}
