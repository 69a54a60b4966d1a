internal import System
internal import Sampling
internal import OpenCLBackend
internal import Backend
import ArgumentParser
import Batch
import GPT2
import OpenCL

/// `gpt2-gpu batch`: continues many prompts, a line each.
struct BatchCommand: MessagingCommand {
  static let configuration = CommandConfiguration(
    commandName: "batch",
    abstract: "Continue many prompts, from a file or a pipe, a line each.",
    discussion: """
      An item is a line of JSON: {"id": …, "prompt": …} and any option of Writing by its name in snake_case, such as \
      "max_new_tokens"; -n is "n". "prompt" is a string or a list of token ids. "id" is a string or a whole number, and \
      differs from item to item; where it is missing, it is the number of the line. Lines of OpenAI's batches to \
      /v1/completions are taken too, and answered in their form, whatever "model" they name: there "prompt" may also be a list of strings or of lists \
      of token ids, and what neither the line nor the command line says is as OpenAI documents it (16 tokens, \
      temperature 1, no top-k, no prefix), unless --preset is given: the text is that of /v1/completions.

      A result is a line of JSON: {"id", "index", "text", "tokens", "finish_reason", "seed"}, or {"id", "index", "error"} \
      for an item that cannot be used; the job then ends with exit code 3. "retry" in the error says whether the item may \
      go better elsewhere. With -n above 1, "sequences" lists the texts.

      On one OpenCL device, a text depends on its item and the seed, not on the batch size, the order of the items, the \
      shards, or how often the job was ended and continued. So it does on several of the same model and driver; others may \
      round differently, and a text then depends on which of them wrote it.

      The results of parts are put together by 'gpt2-gpu batch merge'; 'gpt2-gpu batch verify' tells whether they are whole.

      Examples:
        gpt2-gpu batch --in prompts.jsonl --out texts.jsonl --max-new-tokens 60
        gpt2-gpu batch --in prompts.jsonl --out texts.jsonl --max-new-tokens 60 \\
          --resume
        gpt2-gpu batch --in prompts.jsonl --out texts.jsonl --device 0,1
        gpt2-gpu batch --in prompts.jsonl --out texts-0.jsonl --seed 7 --shard 0/4
        gpt2-gpu batch --in prompts.jsonl --out "texts-$SLURM_ARRAY_TASK_ID.jsonl" \\
          --seed 7 --shard auto --resume
        head -3 prompts.txt | gpt2-gpu batch --text --in - --out -
      """,
    subcommands: [Merge.self, Verify.self])

  @OptionGroup(title: "Items and results") var files: BatchFileOptions
  @OptionGroup(title: "Model and device") var model: ModelOptions
  @OptionGroup(title: "Model and device") var device: DeviceOptions
  @OptionGroup(title: "Writing") var sampling: SamplingOptions
  @OptionGroup(title: "Running") var running: BatchRunOptions
  @OptionGroup(title: "Running") var speculation: SpeculationOptions
  @OptionGroup(title: "Running") var messages: MessageOptions

  func run() throws {
    // Before any other thread starts: the signals are for one of them.
    let interruption = Interruption()
    let start = ContinuousClock.now
    if let seconds = running.maxSeconds { Signals.end(afterSeconds: seconds) }
    Signals.divert { Compilation.isUnderWay ? endCompiling() : interruption.raise($0) }
    let devices = try device.devices().sorted { $0.id < $1.id }
    let pretrained = try PretrainedModel(model.files())
    let job = try BatchJob(options(for: pretrained, since: start), model: pretrained)
    for notice in try sampling.notices(sampling.overrides(pretrained)) + job.settings.notices { Output.notice(notice) }
    if files.shard != nil && sampling.seed == nil && !job.isBegun && job.settings.sampling.doSample {
      Output.notice("Without --seed each part of a job has a seed of its own: give all parts the same one.")
    }
    for used in devices { device.notice(used) }
    if let first = devices.first, !devices.allSatisfy({ $0.computesAs(first) }) {
      Output.notice(
        "The devices differ, and may round differently: a text depends on which of them wrote it, so another run may "
          + "write others.")
    }

    let summary = try runJob(job, of: pretrained, on: devices, interruption)
    if let interruption = summary.interruption {
      if let notice = summary.interruptionNotice { Output.notice(notice) }
      throw interruption
    }
    if summary.errorsInAll > 0 { throw ItemsFailed(count: summary.errorsInAll) }
  }

  /// Takes leave before the program ends in the middle of compiling, which nothing can stop. Returns false: it ends now.
  private func endCompiling() -> Bool {
    let rest = "what is complete is in \(files.output). The same command with --resume goes on from there."
    Output.notice("Interrupted while kernels were compiled" + (files.output == "-" ? "." : ": \(rest)"))
    return false
  }

  private func options(for model: PretrainedModel, since start: ContinuousClock.Instant) throws -> JobOptions {
    var options = JobOptions(input: files.input, output: files.output)
    options.isText = files.text
    options.isOrdered = files.ordered
    options.ignoresUnknown = files.ignoreUnknown
    options.resumes = files.resume
    options.retriesErrors = files.retryErrors
    options.shard = try files.shard?.shard() ?? .whole
    options.defaults = try sampling.overrides(model)
    options.preset = sampling.preset
    options.modelName = self.model.shortName(of: model)
    options.overflow = running.overflow
    options.wantsLogProbabilities = running.logprobs
    options.deadline = running.maxSeconds.map { start + .seconds($0) }
    if files.output == "-", Output.results.isTerminal {
      options.whileWriting = { StatusLine.withoutIt($0) }
    }
    return options
  }

  private func runJob(
    _ job: BatchJob, of model: PretrainedModel, on devices: [ComputeDevice], _ interruption: Interruption
  ) throws -> JobSummary {
    let (batchSize, endOfText, options) = (running.batchSize?.value, job.settings.endOfText, device)
    let speculation = try speculation.speculation(on: devices, self.model.hub)
    let workers = devices.map { device in
      JobWorker("\(device.id) (\(device.name))") {
        let loaded = try options.load(model, onto: device)
        try loaded.speculate(by: speculation)
        return JobWorker.Writer(
          run: { try loaded.run($0, batchSize: batchSize, endOfText: endOfText, onEvent: $1) },
          end: loaded.keepCompiledKernels)
      }
    }
    var display = ProgressDisplay(isWanted: running.progress)
    defer { display.end() }
    do {
      return try job.run(
        in: environment(devices, of: model), on: workers, interruption: interruption,
        onProgress: display.isShown ? { display.show($0.text) } : nil, onLoss: { Output.notice("\($0)") },
        onSummary: { summary in
          var summary = summary
          summary.compileTime = Compilation.time
          display.end()
          if let other = summary.otherModel {
            Output.notice("Items ask for the model \(other); all are answered by \(self.model.shortName(of: model)).")
          }
          Output.notice(summary.text)
          if let interruption = summary.interruption {
            Signals.finish(exitCode: Signals.status(of: interruption.signal))
          } else {
            Signals.finish(exitCode: summary.errorsInAll > 0 ? 3 : 0)
          }
        })
    } catch  where !(error is JobError || error is LostResults) && job.isContinuable {
      display.end()
      Output.notice(
        "What is complete is in \(files.output); the same command with --resume goes on from there.")
      throw error
    }
  }

  private func environment(_ devices: [ComputeDevice], of model: PretrainedModel) -> ComputeEnvironment {
    func joined(_ values: [String]) -> String {
      Set(values).count == 1 ? values[0] : values.joined(separator: " + ")
    }
    let (precision, family) = (device.precision.value, device.kernels.value)
    let units = devices.compactMap {
      $0.decisiveDotUnit(for: model.configuration, precision: precision, family: family)?.name
    }
    return ComputeEnvironment(
      program: ProgramVersion.current, device: devices.map(\.description).joined(separator: " + "),
      precision: joined(devices.map { $0.stored(precision).rawValue }), kernels: family?.rawValue ?? "auto",
      dotUnit: units.isEmpty ? nil : joined(units))
  }
}

/// Where items come from, and where results go.
struct BatchFileOptions: ParsableArguments {
  @Option(name: .customLong("in"), help: ArgumentHelp("The items; '-' is standard input.", valueName: "file"))
  var input: String
  @Option(name: .customLong("out"), help: ArgumentHelp("The results; '-' is standard output.", valueName: "file"))
  var output: String

  @Flag(help: "Each line is a prompt as it stands, rather than JSON; an empty line is one, too.")
  var text = false
  @Flag(
    help: "Leave out fields that are no options, such as columns of a table, rather than refuse their items.")
  var ignoreUnknown = false
  @Flag(help: "Write results in the order of the items, rather than as they come.")
  var ordered = false
  @Flag(
    help: """
      Continue a job that was ended in any way, or begin it. What was begun is described in FILE.job.json beside the \
      results; other options that change texts are refused, and so is an input whose finished items have changed.
      """)
  var resume = false
  @Flag(
    help: """
      With --resume, try the items again that had an error. Their lines may have been mended where they stand; what has a \
      text may not have changed.
      """)
  var retryErrors = false
  @Option(
    help: ArgumentHelp(
      """
      Take one of N parts of the items, by their ids; parts are counted from 0. auto: the part of this task of a Slurm \
      array, or of this pod of a Kubernetes Job in Indexed mode, where JOB_COMPLETIONS says how many there are.
      """, valueName: "i/N|auto"), transform: ShardChoice.init(argument:))
  var shard: ShardChoice?

  func validate() throws {
    if retryErrors && !resume { throw ValidationError("--retry-errors needs --resume.") }
    if retryErrors && ordered {
      throw ValidationError("--retry-errors writes what failed at the end, which is not --ordered.")
    }
  }
}

/// How a job runs.
struct BatchRunOptions: ParsableArguments {
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("How many texts are written together (default: what memory allows).", valueName: "count"))
  var batchSize: Count?
  @Option(help: "What becomes of a prompt that is longer than the model's context.")
  var overflow = PromptOverflow.error
  @Flag(help: "Add the tokens and their log-probabilities, before temperature and the like.")
  var logprobs = false
  @Option(
    help: ArgumentHelp(
      """
      End in time, as before a scheduler's limit: items that would not be complete are not begun, and exit code 75 says \
      that --resume has more to do.
      """, valueName: "count"))
  var maxSeconds: Int?
  @Flag(help: "Show how far the job is, even where standard error is no terminal.")
  var progress = false

  func validate() throws {
    if let batchSize, batchSize.value < 1 {
      throw ValidationError("--batch-size must be at least 1, found \(batchSize.value).")
    }
    if let maxSeconds, maxSeconds < 1 {
      throw ValidationError("--max-seconds must be at least 1, found \(maxSeconds).")
    }
  }
}

/// Items of a job have errors instead of texts.
struct ItemsFailed: Error, CustomStringConvertible {
  let count: Int

  var description: String {
    count == 1
      ? "One item has an error instead of a text: its line says why."
      : "\(count) items have errors instead of texts: their lines say why."
  }
}
