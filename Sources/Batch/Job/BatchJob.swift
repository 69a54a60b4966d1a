package import System
internal import Checkpoint
internal import Dispatch
internal import Engine
package import GPT2
internal import Synchronization

/// A job: items from a file or a pipe, a line of results for each.
///
/// ```swift
/// let job = try BatchJob(JobOptions(input: "prompts.jsonl", output: "texts.jsonl"), model: pretrained)
/// let worker = JobWorker("device 0") {
///   let model = try LoadedModel(pretrained)
///   return JobWorker.Writer(run: { try model.run($0, onEvent: $1) })
/// }
/// let summary = try job.run(in: environment, on: [worker])
/// ```
package final class BatchJob {
  private let options: JobOptions
  private let model: PretrainedModel
  private let input: JobInput
  private var output: ResultFile
  /// Where the marks of the items' lines go; nil where nobody could compare them.
  private var marks: ResultFile?
  /// The settings of items without options of their own.
  package private(set) var settings: GenerationSettings

  /// Whether the results are in a file, so that the job can be continued.
  package var isContinuable: Bool { output.path != nil }

  /// Whether earlier runs have written results, and so decided about the seed.
  package var isBegun: Bool { output.byteCount > 0 }

  /// Makes the checks that need no weights, and opens the input and the output.
  ///
  /// - Throws: ``JobError``, `SettingsError`, ``WriteError``.
  package init(_ options: JobOptions, model: PretrainedModel) throws {
    self.options = options
    self.model = model
    settings = try model.settings(options.defaults, preset: options.preset)
    input = try JobInput(options.input)
    do {
      if !options.isText { try InputCheck.check(input) }
      if let file = FileIdentity(options.output), file == FileIdentity(input.descriptor) {
        throw JobError("\(options.output) has the items: choose another --out for the results.")
      }
      output = try ResultFile(options.output, continues: options.resumes)
      output.whileWriting = options.whileWriting
    } catch {
      input.closeFile()
      throw error
    }
  }

  /// Runs the job to its end on one or more devices, which take items as they have room for them.
  ///
  /// A device that fails leaves its unfinished items to the others.
  ///
  /// - Parameters:
  ///   - environment: The model, precision and devices that the workers compute with.
  ///   - workers: The devices, at least one.
  ///   - interruption: Ends the job early.
  ///   - onProgress: Called now and then; nil for no progress.
  ///   - onLoss: Called, on any thread, for a device that failed while others go on.
  ///   - onSummary: Called when all is written, before what is kept for later starts.
  /// - Throws: ``JobError``, ``WriteError``, and the workers' errors, where none of them can go on; results that
  ///   are complete are then written.
  package func run(
    in environment: ComputeEnvironment, on workers: [JobWorker], interruption: Interruption = Interruption(),
    onProgress: ((JobProgress) -> Void)? = nil, onLoss: @escaping @Sendable (DeviceLoss) -> Void = { _ in },
    onSummary: (JobSummary) -> Void = { _ in }
  ) throws -> JobSummary {
    let completed = try completedItems(environment)
    let sink = ResultSink(output, isOrdered: options.isOrdered, marks: marks)
    let context = JobContext(model, sink, workers: workers.count, interruption, deadline: options.deadline)
    defer { context.queue.close() }

    let start = ContinuousClock.now
    let pool = WorkerPool(workers, context, onLoss: onLoss)
    do {
      try pool.load()
    } catch {
      removeUnused()
      try? sink.close()
      input.closeFile()
      throw error
    }
    let loadTime = ContinuousClock.now - start

    let counts = ItemReader.Counts()
    read(into: context.queue, without: completed, counts)
    interruption.onRaise { context.queue.close() }
    var meter = ProgressMeter(
      input: input, counts, options.shard, earlier: completed.count, isWatched: onProgress != nil)
    defer { meter.stop() }
    let interrupted = try untilInterrupted(sink) {
      try pool.run {
        if let onProgress, let progress = meter.progress(sink, pool) { onProgress(progress) }
      }
    }
    let done = sink.counts
    var summary = JobSummary(
      items: done.items, errors: done.errors, earlierItems: completed.count, earlierErrors: completed.errorCount,
      newTokens: pool.newTokens, time: meter.time, interruption: interrupted ?? context.interruption,
      results: output.path, loadTime: loadTime)
    summary.cappedItems = pool.cappedItems
    summary.otherModel = counts.otherModel.withLock { $0 }
    let shares = pool.shares
    if shares.count > 1 { summary.devices = shares } else { summary.statistics = shares.first?.statistics }
    onSummary(summary)
    pool.waitForThreads()
    return summary
  }

  /// Runs `body`, and closes the results, also after an error; returns the interruption, if any.
  private func untilInterrupted(_ sink: ResultSink, _ body: () throws -> Void) throws -> JobInterrupted? {
    var interrupted: JobInterrupted?
    do {
      try body()
    } catch let error as JobInterrupted {
      interrupted = error
    } catch {
      if error is JobError, sink.counts.items == 0 { removeUnused() }
      try? sink.close()
      throw error
    }
    try sink.close()
    return interrupted
  }

  /// Takes the files of a job away that has written nothing: there is none that could go on.
  private func removeUnused() {
    guard let path = output.path, output.byteCount == 0 else { return }
    unlink(JobManifest.marksPath(besides: path))
    unlink(JobManifest.path(besides: path))
    if output.isNew { unlink(path) }
  }

  /// Makes the results ready to be added to; returns the items that are completed already.
  private func completedItems(_ environment: ComputeEnvironment) throws -> CompletedItems {
    do {
      let completed = try resume(environment)
      if let path = output.path, input.file != nil { marks = try JobManifest.fileForMarks(besides: path) }
      return completed
    } catch {
      if error is JobError { removeUnused() }
      output.closeFile()
      input.closeFile()
      throw error
    }
  }

  /// Resumes the job where it has results, and begins it where it has none.
  private func resume(_ environment: ComputeEnvironment) throws -> CompletedItems {
    guard let path = output.path else { return CompletedItems() }
    if output.byteCount > 0 {
      let before = try JobManifest(besides: path)
      if options.defaults.seed == nil, let seed = before.seed { settings.seed = seed }
      let manifest = JobManifest(options, settings, model, environment: environment, input: input)
      try before.requireSame(as: manifest, results: path)
      let mended = try before.mendedLines(of: input, results: path, retriesErrors: options.retriesErrors)
      let completed = try CompletedItems(
        repairing: &output, retryingErrors: options.retriesErrors, mendedLines: mended, hasPlaces: input.file != nil)
      if !mended.isEmpty {
        var job = before
        job.input = manifest.input
        try job.write(besides: path) { write in
          try JobManifest.forEachMark(besides: path) { if mended[$0.index] == nil { try write($0) } }
        }
      }
      return completed
    }
    try JobManifest(options, settings, model, environment: environment, input: input).write(besides: path)
    return CompletedItems()
  }

  /// Starts reading items.
  private func read(into queue: ItemQueue, without completed: CompletedItems, _ counts: ItemReader.Counts) {
    let preparation = ItemPreparation(
      model: model, defaults: options.defaults, preset: options.preset, settings: settings,
      overflow: options.overflow, wantsLogProbabilities: options.wantsLogProbabilities)
    let reader = ItemReader(
      parser: ItemParser(isText: options.isText, ignoresUnknown: options.ignoresUnknown), preparation: preparation,
      shard: options.shard, completed: completed.marks, modelName: options.modelName ?? model.name,
      remembersIDs: !options.isText, queue: queue, counts: counts)
    let input = input
    // A queue of its own has a thread of its own, which may wait for as long as it likes.
    DispatchQueue(label: "gpt2-gpu.items").async {
      var reader = reader
      reader.read(input)
      input.closeFile()
    }
  }
}
