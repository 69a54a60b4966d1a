internal import Sampling
internal import System
import ArgumentParser
import GPT2
import JSON

/// `gpt2-gpu generate`: continues a prompt.
struct Generate: MessagingCommand {
  static let configuration = CommandConfiguration(
    abstract: "Continue a prompt.",
    discussion: """
      What is not asked for is decided by the model's files: --show-config prints every setting and where it comes \
      from. Without them, 256 tokens are drawn with temperature 0.7 from the 50 likeliest.

      Numbers of tokens and texts may be written 1k (1,000) or 1K (1,024).

      Examples:
        gpt2-gpu generate "My dream is" -n 5
        gpt2-gpu generate "My dream is" --seed 7 --top-p 0.9 --max-new-tokens 60
        gpt2-gpu generate --model ./rabbitsnap --greedy --stream "My dream is"
        gpt2-gpu generate "My dream is" --greedy --num-beams 4 -n 2
        echo "My dream is" | gpt2-gpu generate --format json --logprobs
        gpt2-gpu generate --model ./rabbitsnap --show-config
      """)

  @OptionGroup(title: "Prompt") var prompt: PromptOptions
  @OptionGroup(title: "Model and device") var model: ModelOptions
  @OptionGroup(title: "Model and device") var device: DeviceOptions
  @OptionGroup(title: "Writing") var sampling: SamplingOptions
  @OptionGroup(title: "Speed") var speculation: SpeculationOptions
  @OptionGroup(title: "Output") var format: FormatOptions
  @OptionGroup(title: "Output") var output: GenerateOutputOptions
  @OptionGroup(title: "Output") var messages: MessageOptions

  func validate() throws {
    if output.logprobs && format.format != .json {
      throw ValidationError("--logprobs needs --format json.")
    }
    for (flag, isGiven) in [("--top-logprobs", sampling.topLogprobs != nil), ("--echo", sampling.echo)]
    where isGiven && format.format != .json {
      throw ValidationError("\(flag) needs --format json.")
    }
    if output.stream == true && format.format == .json {
      throw ValidationError("--stream prints text; --format json prints when all is done.")
    }
  }

  func run() throws {
    let start = ContinuousClock.now
    // Before drivers start threads of theirs, which must not take the signals.
    let interruption = Interruption()
    Signals.divert { interruption.raise($0) }
    let pretrained = try PretrainedModel(
      model.files(), whileDriversLoadFor: output.showConfig ? .cpu : device.selection)
    let overrides = try sampling.overrides(pretrained)
    let settings = try pretrained.settings(overrides, preset: sampling.preset)
    for notice in sampling.notices(overrides) + settings.notices { Output.notice(notice) }
    if output.showConfig {
      try Output.results.print(
        settings.report(
          as: format.format, model: (pretrained.name, model.source), adapter: pretrained.checkpoint.adapter))
      return
    }
    let prompt = try prompt.read()
    if case .text(let text) = prompt {
      try pretrained.requireTokenizer()
      if !settings.prefix.isEmpty && text.hasPrefix(settings.prefix) {
        Output.notice(
          "The prompt begins with \(settings.prefix), which stands before it anyway (--prefix), so it is there twice.")
      }
    }
    if output.stream == true && settings.samples > 1 {
      throw UsageError("--stream prints one text as it comes, and \(settings.samples) were asked for: use -n 1.")
    }
    if output.stream == true && settings.beams.count > 1 {
      throw UsageError(
        "--stream prints a text as it comes, and of \(settings.beams.count) beams none is certain before the end.")
    }
    let request = try pretrained.request(
      for: prompt, settings, wantsLogProbabilities: output.logprobs, overflow: self.prompt.overflow)
    if case let most = request.tokens.newTokens.upperBound, let asked = settings.askedTokens(above: most) {
      Output.notice(
        "The model's context of \(pretrained.configuration.contextLength) tokens has room for \(most) after this prompt, "
          + "not for \(asked).")
    }

    let loaded = try device.load(pretrained, for: "generate")
    try loaded.speculate(by: speculation.speculation(on: [loaded.device], model.hub))
    let report = GenerationReport(
      model: pretrained, device: loaded.device, precision: loaded.precision, prompt: prompt,
      promptTokens: request.tokens.prompt, settings: settings, start: start, loadTime: .now - start)
    if settings.sampling.doSample && sampling.seed == nil {
      Output.notice("The seed is \(settings.seed); --seed \(settings.seed) writes the same again.")
    }
    if settings.samples >= Self.manyTexts {
      Output.notice(
        "So many texts are safer with 'gpt2-gpu batch', which keeps them in a file and goes on after any end.")
    }
    let texts = GenerationOutput(output.form(format.format, settings), report, request)
    interruption.onRaise { if let signal = interruption.signal { texts.end(bySignal: signal) } }
    try texts.begin(request)
    let generation: Generation
    do {
      generation = try loaded.generate(request, onPiece: texts.receive)
    } catch SamplingError.nothingLeft {
      let places = settings.exclusionsText(.flags).map { " Tokens are ruled out \($0)." } ?? ""
      throw CommandEnd(
        exitCode: settings.areTokensExcludedByFiles ? 4 : 2, message: "\(SamplingError.nothingLeft)\(places)")
    }
    try texts.finish(generation)
    Output.detail(generation.timings)
    Signals.finish()
    loaded.keepCompiledKernels()
  }

  /// From so many on, a job of its own is the better place.
  private static let manyTexts = 200
}

/// Options of the output of `generate`.
struct GenerateOutputOptions: ParsableArguments {
  @Flag(
    inversion: .prefixedNo,
    help: "Print the text as it comes; one text only (default: where it goes to a terminal).")
  var stream: Bool?

  @Flag(help: "Add the log-probability of each token, before temperature and the like; needs --format json.")
  var logprobs = false

  @Flag(help: "Print what every setting is and where it comes from, and write nothing.")
  var showConfig = false

  /// How texts are printed.
  func form(_ format: OutputFormat, _ settings: GenerationSettings) -> GenerationOutput.Form {
    if format == .json { return .json }
    let isOne = settings.samples == 1 && settings.beams.count == 1
    return isOne && stream ?? Output.results.isTerminal ? .stream : .text
  }
}
