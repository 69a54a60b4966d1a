import ArgumentParser
import GPT2
import Tokenizer

/// How texts are written. What is not given here, the model's files and the preset decide.
struct SamplingOptions: ParsableArguments {
  @Option(
    name: .customShort("n", allowingJoined: true), parsing: .unconditional,
    help: ArgumentHelp("How many texts; the prompt is computed once.", valueName: "count"))
  var samples: Count?

  @Option(parsing: .unconditional, help: ArgumentHelp("The most tokens to write.", valueName: "count"))
  var maxNewTokens: Count?
  @Option(
    parsing: .unconditional, help: ArgumentHelp("The most tokens of prompt and text together.", valueName: "count"))
  var maxLength: Count?
  @Option(parsing: .unconditional, help: ArgumentHelp("The fewest tokens to write.", valueName: "count"))
  var minNewTokens: Count?
  @Option(
    parsing: .unconditional, help: ArgumentHelp("The fewest tokens of prompt and text together.", valueName: "count"))
  var minLength: Count?

  @Flag(help: "Always take the likeliest token.")
  var greedy = false
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Above 1 flattens the distribution, below 1 sharpens it.", valueName: "number"))
  var temperature: Double?
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Draw from this many of the likeliest tokens; 0 from all.", valueName: "count"))
  var topK: Count?
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Draw from the likeliest tokens that hold this much of the probability.", valueName: "share"))
  var topP: Double?
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Leave out tokens less likely than this share of the likeliest.", valueName: "share"))
  var minP: Double?
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Draw from the tokens of the most typical surprise, up to this probability.", valueName: "share")
  )
  var typicalP: Double?
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Above 1 makes tokens that were there before less likely.", valueName: "number"))
  var repetitionPenalty: Double?
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("No sequence of this many tokens comes twice; 0 allows all.", valueName: "count"))
  var noRepeatNgramSize: Count?
  @Option(help: ArgumentHelp("A word that must not come, at the start of a text or after a space.", valueName: "word"))
  var badWord: [String] = []

  @Option(help: ArgumentHelp("A string that ends a text, and is not part of it.", valueName: "string"))
  var stop: [String] = []
  @Flag(help: "Write on after an end of text.")
  var ignoreEos = false
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("The key of the random numbers: the same seed, the same text.", valueName: "number"))
  var seed: UInt64?
  @Option(help: ArgumentHelp("Text put before the prompt for the model, and not shown.", valueName: "text"))
  var prefix: String?
  @Flag(inversion: .prefixedNo, help: "Print the prompt as part of the text (default: yes).")
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

  /// What was asked for.
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
    // A word has one spelling at the start of a text and another after a space.
    var spellings: [[TokenID]] = []
    for word in badWord { spellings += [try model.encode(word), try model.encode(" " + word)] }
    overrides.badWords = spellings.isEmpty ? nil : spellings
    overrides.stop = stop.isEmpty ? nil : stop
    overrides.ignoresEndOfText = ignoreEos ? true : nil
    overrides.seed = seed
    overrides.prefix = prefix
    overrides.returnsFullText = returnFullText
    return overrides
  }
}
