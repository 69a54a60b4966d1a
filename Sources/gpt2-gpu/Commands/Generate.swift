internal import Sampling
internal import System
import ArgumentParser
import GPT2
import JSON

/// `gpt2-gpu generate`: continues a prompt.
struct Generate: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Continue a prompt.",
    discussion: """
      Numbers of tokens and texts may be written 1k (1,000) or 1K (1,024).

      Examples:
        gpt2-gpu generate "My dream is" -n 5
        gpt2-gpu generate "My dream is" --seed 7 --top-p 0.9 --max-new-tokens 60
        gpt2-gpu generate --model ./rabbitsnap --greedy --stream "My dream is"
        echo "My dream is" | gpt2-gpu generate - --format json --logprobs
        gpt2-gpu generate --model ./rabbitsnap --show-config
      """)

  @OptionGroup(title: "Prompt") var prompt: PromptOptions
  @OptionGroup(title: "Model and device") var model: ModelOptions
  @OptionGroup(title: "Model and device") var device: DeviceOptions
  @OptionGroup(title: "Writing") var sampling: SamplingOptions
  @OptionGroup(title: "Output") var format: FormatOptions
  @OptionGroup(title: "Output") var output: GenerateOutputOptions

  func validate() throws {
    if output.logprobs && format.format != .json {
      throw ValidationError("--logprobs needs --format json.")
    }
    if output.stream && format.format == .json {
      throw ValidationError("--stream prints text; --format json prints when all is done.")
    }
  }

  func run() throws {
    let start = ContinuousClock.now
    let pretrained = try PretrainedModel(
      model.files(), whileDriversLoadFor: output.showConfig ? .cpu : device.selection)
    let settings = try pretrained.settings(sampling.overrides(pretrained), preset: sampling.preset)
    for notice in settings.notices { Output.notice(notice) }
    if output.showConfig {
      try Output.results.print(settings.report(as: format.format, adapter: pretrained.checkpoint.adapter))
      return
    }
    guard let prompt = try prompt.read() else {
      throw UsageError("There is nothing to continue: give PROMPT, --prompt-file or --prompt-tokens.")
    }
    if case .text = prompt { try pretrained.requireTokenizer() }
    if output.stream && settings.samples > 1 {
      throw UsageError("--stream prints one text as it comes, and \(settings.samples) were asked for: use -n 1.")
    }
    let request = try pretrained.request(
      for: prompt, settings, wantsLogProbabilities: output.logprobs, overflow: self.prompt.overflow)

    let loaded = try device.load(pretrained, for: "generate")
    let loadTime = ContinuousClock.now - start
    if settings.sampling.doSample && sampling.seed == nil {
      Output.notice("The seed is \(settings.seed); --seed \(settings.seed) writes the same again.")
    }
    let generation = try loaded.generate(request) { _, piece in
      if output.stream { try Output.results.print(piece) }
    }
    switch format.format {
    case .json:
      let report = GenerationReport(
        model: loaded, prompt: prompt, settings: settings, generation: generation, loadTime: loadTime,
        totalTime: ContinuousClock.now - start)
      try Output.results.print(report.json.text + "\n")
    case .text:
      try Output.results.print(output.stream ? "\n" : generation.text)
    }
    Signals.finish()
    loaded.keepCompiledKernels()
  }
}

/// Options of the output of `generate`.
struct GenerateOutputOptions: ParsableArguments {
  @Flag(help: "Print the text as it comes; one text only.")
  var stream = false

  @Flag(help: "Add the log-probability of each token, before temperature and the like; needs --format json.")
  var logprobs = false

  @Flag(help: "Print what every setting is and where it comes from, and write nothing.")
  var showConfig = false
}

extension Generation {
  /// The texts for a person, who sees where each of several begins.
  fileprivate var text: String {
    if texts.count == 1 { return texts[0].text + "\n" }
    return texts.enumerated().map { "--- \($0 + 1) of \(texts.count) ---\n\($1.text)\n" }.joined()
  }
}
