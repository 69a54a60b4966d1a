internal import System
import ArgumentParser
import Checkpoint
import GPT2
import Tokenizer

/// `gpt2-gpu score`: how likely a text is.
struct Score: MessagingCommand {
  static let configuration = CommandConfiguration(
    abstract: "Tell how likely a text is: log-probabilities and perplexity.",
    usage: "gpt2-gpu score [<options>] [<text>]",
    discussion: """
      The first token has no log-probability, since nothing precedes it, and nothing is put before the text. A text \
      longer than the model's context is scored in windows: each starts --stride tokens after the one before, and \
      scores the tokens that that did not. The shorter the stride, the more context each token has, and the longer it \
      takes.

      Examples:
        gpt2-gpu score "My dream is true."
        gpt2-gpu score --file book.txt --stride 64
        gpt2-gpu score --model ./rabbitsnap --tokens 3666,4320,318 --format json
      """)

  @OptionGroup(title: "Text") var text: ScoreTextOptions
  @OptionGroup(title: "Model and device") var model: ModelOptions
  @OptionGroup(title: "Model and device") var device: DeviceOptions
  @OptionGroup(title: "Output") var format: FormatOptions
  @OptionGroup(title: "Output") var messages: MessageOptions

  func validate() throws {
    if text.topLogprobs != nil && format.format != .json {
      throw ValidationError("--top-logprobs needs --format json.")
    }
  }

  func run() throws {
    // Before drivers start threads of theirs, which must not take the signals.
    let interruption = Interruption()
    Signals.divert { interruption.raise($0) }
    let pretrained = try PretrainedModel(model.files(), whileDriversLoadFor: device.selection)
    for notice in pretrained.notices { Output.notice(notice) }
    let text = try text.read()
    if case .text = text { try pretrained.requireTokenizer() }
    let tokens =
      switch text {
      case .text(let text): try pretrained.encode(text)
      case .tokens(let ids): ids
      }
    let loaded = try device.load(pretrained, for: "score")
    let stride = self.text.stride?.value
    let top = self.text.topLogprobs?.value ?? 0
    let output = ScoreOutput(
      ScoreReport(
        model: pretrained, device: loaded.device, precision: loaded.precision, text: text,
        stride: tokens.count > pretrained.configuration.contextLength ? stride ?? loaded.defaultStride : nil,
        showsTop: top > 0),
      tokens, as: format.format)
    interruption.onRaise { if let signal = interruption.signal { output.end(bySignal: signal) } }
    try output.finish(loaded.score(tokens: tokens, stride: stride, top: top, onScores: output.receive))
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

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Add the log-probabilities of this many of the likeliest tokens, up to 20, to each token's own; needs --format json.",
      valueName: "count"))
  var topLogprobs: Count?

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
    let text = text ?? ""
    TextInput.noticeFile(text, option: "--file", "scores")
    return .text(text)
  }
}
