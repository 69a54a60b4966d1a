import ArgumentParser
import GPT2

/// How texts are written. The model's files and the preset decide about options that are not given.
///
/// The flags of the table of settings: ``Setting/row`` has their names and help, and a test compares the two.
struct SamplingOptions: ParsableArguments {
  @Option(name: .customShort("n", allowingJoined: true), parsing: .unconditional, help: .of(.samples))
  var samples: Count?

  @Option(parsing: .unconditional, help: .of(.maxNewTokens))
  var maxNewTokens: Count?
  @Option(parsing: .unconditional, help: .of(.maxLength))
  var maxLength: Count?
  @Option(parsing: .unconditional, help: .of(.minNewTokens))
  var minNewTokens: Count?
  @Option(parsing: .unconditional, help: .of(.minLength))
  var minLength: Count?
  @Option(parsing: .unconditional, help: .of(.maximumTime))
  var maxTime: Double?

  @Option(parsing: .unconditional, help: .of(.guidanceScale))
  var guidanceScale: Double?
  @Option(parsing: .unconditional, help: .of(.negativePrompt))
  var negativePrompt: String?

  @Flag(help: .of(.doSample))
  var greedy = false
  @Option(parsing: .unconditional, help: .of(.temperature))
  var temperature: Double?
  @Option(parsing: .unconditional, help: .of(.topH))
  var topH: Double?
  @Option(parsing: .unconditional, help: .of(.topK))
  var topK: Count?
  @Option(parsing: .unconditional, help: .of(.topP))
  var topP: Double?
  @Option(parsing: .unconditional, help: .of(.minP))
  var minP: Double?
  @Option(parsing: .unconditional, help: .of(.typicalP))
  var typicalP: Double?
  @Option(parsing: .unconditional, help: .of(.epsilonCutoff))
  var epsilonCutoff: Double?
  @Option(parsing: .unconditional, help: .of(.etaCutoff))
  var etaCutoff: Double?
  @Option(parsing: .unconditional, help: .of(.repetitionPenalty))
  var repetitionPenalty: Double?
  @Option(parsing: .unconditional, help: .of(.encoderRepetitionPenalty))
  var encoderRepetitionPenalty: Double?
  @Option(parsing: .unconditional, help: .of(.presencePenalty))
  var presencePenalty: Double?
  @Option(parsing: .unconditional, help: .of(.frequencyPenalty))
  var frequencyPenalty: Double?
  @Option(parsing: .unconditionalSingleValue, help: .of(.logitBias))
  var logitBias: [BiasArgument] = []
  @Option(parsing: .unconditionalSingleValue, help: .of(.sequenceBias))
  var sequenceBias: [BiasArgument] = []
  @Option(parsing: .unconditional, help: .of(.exponentialDecay))
  var exponentialDecayLengthPenalty: DecayArgument?
  @Option(parsing: .unconditional, help: .of(.noRepeatNgramSize))
  var noRepeatNgramSize: Count?
  @Option(parsing: .unconditional, help: .of(.encoderNoRepeatNgramSize))
  var encoderNoRepeatNgramSize: Count?
  @Option(help: .of(.badWords))
  var badWord: [String] = []
  @Option(parsing: .unconditional, help: .of(.suppressTokens))
  var suppressTokens: TokenList?
  @Option(parsing: .unconditional, help: .of(.beginSuppressTokens))
  var beginSuppressTokens: TokenList?
  @Option(parsing: .unconditional, help: .of(.allowedTokens))
  var allowedTokenIds: TokenList?
  @Option(parsing: .unconditional, help: .of(.forcedBOSToken))
  var forcedBosTokenId: TokenList?
  @Option(parsing: .unconditional, help: .of(.forcedEOSTokens))
  var forcedEosTokenId: TokenList?

  @Option(parsing: .unconditional, help: .of(.beams))
  var numBeams: Count?
  @Option(parsing: .unconditional, help: .of(.lengthPenalty))
  var lengthPenalty: Double?
  @Option(parsing: .unconditional, help: .of(.earlyStopping))
  var earlyStopping: BeamParameters.EarlyStopping?

  @Option(help: .of(.stop))
  var stop: [String] = []
  @Option(parsing: .unconditional, help: .of(.stopTokens))
  var stopTokenIds: TokenList?
  @Flag(help: .of(.includesStop))
  var includeStopStrInOutput = false
  @Flag(help: .of(.ignoresEndOfText))
  var ignoreEos = false
  @Option(parsing: .unconditional, help: .of(.seed), transform: seedNumber)
  var seed: UInt64?
  @Option(help: .of(.prefix))
  var prefix: String?
  @Flag(inversion: .prefixedNo, help: .of(.returnsFullText))
  var returnFullText: Bool?
  @Option(parsing: .unconditional, help: .of(.topLogProbabilities))
  var topLogprobs: Count?
  @Flag(help: .of(.echo))
  var echo = false

  @Option(
    help: """
      Whose defaults hold: card is what the model's author put into task_specific_params of config.json, where they \
      are there; hf5 is what transformers 5 does.
      """)
  var preset: SettingsPreset?

  func validate() throws {
    if badWord.contains("") { throw ValidationError("--bad-word must not be empty.") }
    if stop.contains("") { throw ValidationError("--stop must not be empty.") }
    if logitBias.contains(where: { $0.sequence.tokens.count > 1 }) {
      throw ValidationError("--logit-bias is of one token: --sequence-bias is of several.")
    }
  }

  /// What a person may not expect of the options, as sentences.
  func notices(_ overrides: GenerationOverrides) -> [String] {
    guard isGreedy else { return [] }
    let name = greedy ? "--greedy" : "--temperature 0"
    var notices: [String] = []
    if let flag = overrides.settingThatImpliesDrawing?.flag {
      notices.append("\(name) always takes the likeliest token, so \(flag) changes nothing.")
    }
    if let count = samples?.value, count > 1, numBeams.map({ $0.value < 2 }) ?? true {
      notices.append("\(name) always takes the likeliest token, so all \(count) texts are the same.")
    }
    return notices
  }

  /// Whether always to take the likeliest token, which OpenAI's clients say by a temperature of 0.
  private var isGreedy: Bool { greedy || temperature == 0 }

  /// The settings of the command line.
  func overrides(_ model: PretrainedModel) throws(SettingsError) -> GenerationOverrides {
    var overrides = GenerationOverrides()
    overrides.samples = samples?.value
    overrides.maxNewTokens = maxNewTokens?.value
    overrides.maxLength = maxLength?.value
    overrides.minNewTokens = minNewTokens?.value
    overrides.minLength = minLength?.value
    overrides.maximumTime = maxTime
    overrides.guidanceScale = guidanceScale
    overrides.negativePrompt = negativePrompt
    overrides.doSample = isGreedy ? false : nil
    overrides.temperature = temperature == 0 ? nil : temperature
    overrides.topH = topH
    overrides.topK = topK?.value
    overrides.topP = topP
    overrides.minP = minP
    overrides.typicalP = typicalP
    overrides.epsilonCutoff = epsilonCutoff
    overrides.etaCutoff = etaCutoff
    overrides.repetitionPenalty = repetitionPenalty
    overrides.encoderRepetitionPenalty = encoderRepetitionPenalty
    overrides.presencePenalty = presencePenalty
    overrides.frequencyPenalty = frequencyPenalty
    overrides.logitBias = logitBias.isEmpty ? nil : tokenBiases
    overrides.sequenceBias = sequenceBias.isEmpty ? nil : sequenceBias.map(\.sequence)
    overrides.exponentialDecay = exponentialDecayLengthPenalty?.decay
    overrides.noRepeatNgramSize = noRepeatNgramSize?.value
    overrides.encoderNoRepeatNgramSize = encoderNoRepeatNgramSize?.value
    if !badWord.isEmpty { try overrides.ban(badWord, model) }
    overrides.suppressTokens = suppressTokens?.ids
    overrides.beginSuppressTokens = beginSuppressTokens?.ids
    overrides.allowedTokens = allowedTokenIds?.ids
    overrides.forcedBOSToken = forcedBosTokenId?.ids
    overrides.forcedEOSTokens = forcedEosTokenId?.ids
    overrides.beams = numBeams?.value
    overrides.lengthPenalty = lengthPenalty
    overrides.earlyStopping = earlyStopping
    overrides.topLogProbabilities = topLogprobs?.value
    overrides.echo = echo ? true : nil
    overrides.stop = stop.isEmpty ? nil : stop
    overrides.stopTokens = stopTokenIds?.ids
    overrides.includesStop = includeStopStrInOutput ? true : nil
    overrides.ignoresEndOfText = ignoreEos ? true : nil
    overrides.seed = seed
    overrides.prefix = prefix
    overrides.returnsFullText = returnFullText
    return overrides
  }

  /// The biases of single tokens; of one token's, the last.
  private var tokenBiases: [Int32: Double] {
    Dictionary(
      logitBias.compactMap { argument in argument.sequence.tokens.first.map { ($0, argument.sequence.bias) } },
      uniquingKeysWith: { $1 })
  }
}

/// Reads a seed.
@Sendable func seedNumber(_ argument: String) throws -> UInt64 {
  guard let seed = UInt64(argument) else {
    throw ValidationError("a seed is a whole number from 0 to \(UInt64.max)")
  }
  return seed
}

extension ArgumentHelp {
  /// The help of a setting's flag, from its row of the table.
  fileprivate static func of(_ setting: Setting) -> ArgumentHelp {
    let columns = setting.row.columns
    return ArgumentHelp(columns.help, valueName: columns.argument)
  }
}
