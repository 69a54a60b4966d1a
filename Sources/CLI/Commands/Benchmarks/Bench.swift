internal import System
import ArgumentParser
import Benchmarking
import Checkpoint
import GPT2
import JSON

/// `gpt2-gpu bench`: how fast devices are.
struct Bench: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Measure how fast devices write, and how far from their limits.",
    discussion: """
      'gpt2-gpu bench' with options but no subcommand runs a benchmark: see 'gpt2-gpu bench run --help' for them.

      Examples:
        gpt2-gpu bench --batch 1,8,32
        gpt2-gpu bench compare before.json after.json
      """,
    subcommands: [BenchRun.self, BenchCompare.self], defaultSubcommand: BenchRun.self)
}

/// `gpt2-gpu bench run`, which `run` need not name.
struct BenchRun: MessagingCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Measure every combination of devices, precisions, batches and lengths.",
    discussion: """
      Prefill is the prompts' tokens, decode what follows the first token of each text, both as the engine takes them; \
      end to end is a run of its own that also makes tokens of the prompts' text, and text of the tokens, and writes \
      it. What the device reaches in a copy, a read and multiply-adds is measured in the same run; rates are given as shares of that, FLOP as 2 × multiply-adds, bytes as all weights once \
      a step and the keys and values that each row sees. Every token asked \
      for is written, end of text or not. A combination that cannot run says so, and the others go on; an interrupt \
      ends the run with what is done.

      Examples:
        gpt2-gpu bench
        gpt2-gpu bench --device all --precision fp32,fp16 --batch 1,8,32
        gpt2-gpu bench --model 124m --batch 1,64 --prompt-tokens 32,512 \\
          --report report.html
        gpt2-gpu bench --prompt-tokens 4-128 --new-tokens 8-100 --batch 32 \\
          --items 512
        gpt2-gpu bench --format json > before.json
        gpt2-gpu bench compare before.json after.json
      """)

  @Option(
    help: ArgumentHelp(
      """
      A folder in the Hugging Face layout, a model of the Hub, or 124m, 355m, 774m or 1558m for a real \
      shape with made-up weights (default: $GPT2_GPU_MODEL, else the demo model inside).
      """, valueName: "path|org/name|shape"))
  var model: String?
  @OptionGroup var adapter: AdapterOptions
  @OptionGroup var hub: HubOptions
  @OptionGroup(title: "Sweep") var sweep: BenchSweepOptions
  @OptionGroup(title: "Output") var output: BenchOutputOptions
  @OptionGroup(title: "Output") var messages: MessageOptions

  func validate() throws {
    if adapter.folder != nil, let model, MadeUpModel(named: model) != nil {
      throw ValidationError("--adapter needs a model, and \(model) is a shape with made-up weights.")
    }
  }

  func run() throws {
    let name = adapter.folder == nil ? EnvironmentDefault.model.value(unless: model) : nil
    let shape = name.flatMap(MadeUpModel.init(named:))
    // While an interrupt still ends the program at once: a download may take long.
    let files = shape == nil ? try ModelOptions.files(model, adapter: adapter.folder, hub) : nil
    let interruption = Interruption()
    // Before drivers start threads of theirs, which must not take the signals.
    Signals.divert { interruption.raise($0) }
    let devices = try sweep.devices()
    if let device = devices.first, devices.count == 1, sweep.precision.values.count == 1 {
      try device.check(sweep.precision.values[0].value, sweep.kernels.value)
    }
    let reportFile = try output.report.map { try OutputFile(path: $0) }
    let pretrained = try shape?.model() ?? PretrainedModel(files ?? .demo)
    for notice in pretrained.checkpoint.notices { Output.notice(notice) }
    let runner = try SweepRunner(
      sweep.sweep(on: devices), on: pretrained, isMadeUp: shape != nil, version: ProgramVersion.current)
    let results = BenchOutput(output, reportFile, runner.report)
    interruption.onRaise { if let signal = interruption.signal { results.end(bySignal: signal) } }
    let report = try runner.run(onProgress: results.begin, onRow: results.receive)
    try results.finish()
    let failed = report.rows.count { if case .failed = $0.outcome { true } else { false } }
    if failed > 0 {
      throw CommandEnd(exitCode: 3, message: "\(failed) of \(report.rows.count) combinations failed.")
    }
    if report.rows.allSatisfy({ $0.measurement == nil }) {
      throw CommandEnd(exitCode: 3, message: "No combination could run.")
    }
  }
}
