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

  @Flag(help: .of(.doSample))
  var greedy = false
  @Option(parsing: .unconditional, help: .of(.temperature))
  var temperature: Double?
  @Option(parsing: .unconditional, help: .of(.topK))
  var topK: Count?
  @Option(parsing: .unconditional, help: .of(.topP))
  var topP: Double?
  @Option(parsing: .unconditional, help: .of(.minP))
  var minP: Double?
  @Option(parsing: .unconditional, help: .of(.typicalP))
  var typicalP: Double?
  @Option(parsing: .unconditional, help: .of(.repetitionPenalty))
  var repetitionPenalty: Double?
  @Option(parsing: .unconditional, help: .of(.noRepeatNgramSize))
  var noRepeatNgramSize: Count?
  @Option(help: .of(.badWords))
  var badWord: [String] = []

  @Option(help: .of(.stop))
  var stop: [String] = []
  @Flag(help: .of(.ignoresEndOfText))
  var ignoreEos = false
  @Option(parsing: .unconditional, help: .of(.seed), transform: seedNumber)
  var seed: UInt64?
  @Option(help: .of(.prefix))
  var prefix: String?
  @Flag(inversion: .prefixedNo, help: .of(.returnsFullText))
  var returnFullText: Bool?

  @Option(
    help: """
      Whose defaults hold: card is what the model's author put into task_specific_params of config.json, where they \
      are there; hf5 is what transformers 5 does.
      """)
  var preset: SettingsPreset?

  func validate() throws {
    if badWord.contains("") { throw ValidationError("--bad-word must not be empty.") }
    if stop.contains("") { throw ValidationError("--stop must not be empty.") }
  }

  /// What a person may not expect of the options, as sentences.
  func notices(_ overrides: GenerationOverrides) -> [String] {
    guard greedy, let flag = overrides.settingThatImpliesDrawing?.flag else { return [] }
    return ["--greedy always takes the likeliest token, so \(flag) changes nothing."]
  }

  /// The settings of the command line.
  func overrides(_ model: PretrainedModel) throws(SettingsError) -> GenerationOverrides {
    var overrides = GenerationOverrides()
    overrides.samples = samples?.value
    overrides.maxNewTokens = maxNewTokens?.value
    overrides.maxLength = maxLength?.value
    overrides.minNewTokens = minNewTokens?.value
    overrides.minLength = minLength?.value
    overrides.doSample = greedy ? false : nil
    overrides.temperature = temperature
    overrides.topK = topK?.value
    overrides.topP = topP
    overrides.minP = minP
    overrides.typicalP = typicalP
    overrides.repetitionPenalty = repetitionPenalty
    overrides.noRepeatNgramSize = noRepeatNgramSize?.value
    if !badWord.isEmpty { try overrides.ban(badWord, model) }
    overrides.stop = stop.isEmpty ? nil : stop
    overrides.ignoresEndOfText = ignoreEos ? true : nil
    overrides.seed = seed
    overrides.prefix = prefix
    overrides.returnsFullText = returnFullText
    return overrides
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
