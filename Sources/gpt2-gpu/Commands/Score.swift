internal import System
internal import Backend
import ArgumentParser
import Checkpoint
import GPT2
import JSON
import Tokenizer

/// `gpt2-gpu score`: how likely a text is.
struct Score: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Tell how likely a text is: log-probabilities and perplexity.",
    discussion: """
      The first token has no log-probability, since nothing precedes it, and nothing is put before the text. A text \
      longer than the model's context is scored in windows: each starts --stride tokens after the one before, and \
      scores the tokens that that did not. The shorter the stride, the more context each token has, and the longer it \
      takes.

      Examples:
        gpt2-gpu score "My dream is true."
        gpt2-gpu score --file book.txt --stride 64
        gpt2-gpu score --model ./rabbitsnap --precision fp32 --tokens 3666,4320,318 --format json
      """)

  @OptionGroup(title: "Text") var text: ScoreTextOptions
  @OptionGroup(title: "Model and device") var model: ModelOptions
  @OptionGroup(title: "Model and device") var device: DeviceOptions
  @OptionGroup(title: "Output") var format: FormatOptions

  func run() throws {
    let pretrained = try PretrainedModel(model.files(), whileDriversLoadFor: device.selection)
    for notice in pretrained.checkpoint.notices { Output.notice(notice) }
    let text = try text.read()
    if case .text = text { try pretrained.requireTokenizer() }
    let tokens =
      switch text {
      case .text(let text): try pretrained.encode(text)
      case .tokens(let ids): ids
      }
    let loaded = try device.load(pretrained, for: "score")
    let score = try loaded.score(tokens: tokens, stride: self.text.stride?.value)
    let report = ScoreReport(model: loaded, score: score, text: text, stride: self.text.stride?.value)
    try Output.results.print(format.format == .json ? report.json.text + "\n" : report.summary)
    Signals.finish()
    loaded.keepCompiledKernels()
  }
}

/// The text to score, and the windows.
struct ScoreTextOptions: ParsableArguments {
  @Argument(help: "The text to score; '-' reads it from standard input.")
  var text: String?

  @Option(
    help: ArgumentHelp("Score a file, every byte of it; '-' is standard input.", valueName: "file"))
  var file: String?

  @Option(help: ArgumentHelp("Score token ids.", valueName: "1,2,3"))
  var tokens: TokenList?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Tokens by which windows move on, for a text longer than the context (default: half of it).", valueName: "count"))
  var stride: Count?

  func validate() throws {
    switch [text != nil, file != nil, tokens != nil].count(where: \.self) {
    case 0: throw ValidationError("There is nothing to score: give TEXT, --file or --tokens.")
    case 1: break
    default: throw ValidationError("Give one text: TEXT, --file or --tokens.")
    }
  }

  /// The text or its tokens.
  func read() throws(UsageError) -> Prompt {
    if let tokens { return .tokens(tokens.ids) }
    if let path = file ?? (text == "-" ? "-" : nil) { return .text(try TextInput(path: path).text()) }
    return .text(text ?? "")
  }
}

/// The output of `score`.
private struct ScoreReport {
  let model: LoadedModel
  let score: TextScore
  /// The text or tokens.
  let text: Prompt
  /// As asked for.
  let stride: Int?

  /// Nil where the tokens are all that is known.
  private var bitsPerByte: Double? {
    if case .text(let text) = text { score.bitsPerByte(of: text) } else { nil }
  }

  /// Nil where the text fits into one window.
  private var usedStride: Int? {
    score.tokens.count > model.pretrained.configuration.contextLength ? stride ?? model.defaultStride : nil
  }

  var json: JSON {
    [
      "model": .string(model.pretrained.name),
      "adapter": model.pretrained.adapterName,
      "device": ["id": .string(model.device.id), "name": .string(model.device.name)],
      "precision": .string(model.precision.rawValue),
      "stride": usedStride.map { .integer($0) } ?? .null,
      "tokens": .array(score.tokens.map { .integer(Int($0)) }),
      "logprobs": .array(score.logProbabilities.map { $0.map { .number($0) } ?? .null }),
      "sum_logprob": .number(score.sum),
      "perplexity": score.perplexity.map { .number($0) } ?? .null,
      "bits_per_byte": bitsPerByte.map { .number($0) } ?? .null,
    ]
  }

  /// The sums, for people.
  var summary: String {
    var table = Table()
    table.append("tokens", "\(score.tokens.count), of which \(score.scoredCount) have one before them")
    table.append("log-probability", score.sum.fixed(4))
    if let perplexity = score.perplexity { table.append("perplexity", perplexity.fixed(4)) }
    if let bitsPerByte { table.append("bits per byte", bitsPerByte.fixed(4)) }
    return table.text
  }
}
