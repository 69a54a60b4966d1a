internal import Dispatch
public import GPT2

/// A job: items from a file or a pipe, a line of results for each.
///
/// ```swift
/// let job = try BatchJob(JobOptions(input: "prompts.jsonl", output: "texts.jsonl"), model: generator.model)
/// let summary = try job.run(in: place) { source, onEvent in try generator.run(source, onEvent: onEvent) }
/// ```
public final class BatchJob {
  private let options: JobOptions
  private let model: PretrainedModel
  private let input: JobInput
  private var output: ResultFile
  /// What holds for items without options of their own.
  public private(set) var settings: GenerationSettings

  /// Whether the results are in a file, so that the job can be continued.
  public var isContinuable: Bool { output.path != nil }

  /// Checks what can be checked before weights are loaded, and opens the input and the output.
  ///
  /// - Throws: ``JobError``, `SettingsError`, ``ResultWriteError``.
  public init(_ options: JobOptions, model: PretrainedModel) throws {
    self.options = options
    self.model = model
    settings = try model.settings(options.defaults, preset: options.preset)
    input = try JobInput(options.input)
    do {
      output = try ResultFile(options.output, continues: options.resumes)
    } catch {
      input.closeFile()
      throw error
    }
  }

  /// Runs the job to its end.
  ///
  /// - Parameters:
  ///   - place: Where `run` computes.
  ///   - interruption: Ends the job early.
  ///   - onProgress: Called now and then; nil where nobody looks.
  ///   - run: Runs a source's requests, as `TextGenerator.run` does.
  /// - Throws: ``JobError``, ``ResultWriteError``, and what `run` throws; what is complete is then written.
  public func run(
    in place: JobPlace, interruption: Interruption = Interruption(), onProgress: ((JobProgress) -> Void)? = nil,
    _ run: (any RequestSource, (GenerationEvent) throws -> Bool) throws -> RunStatistics
  ) throws -> JobSummary {
    let earlier: EarlierResults
    do {
      earlier = try prepare(place)
    } catch {
      output.closeFile()
      input.closeFile()
      throw error
    }
    let queue = ItemQueue()
    let sink = ResultSink(output, isOrdered: options.isOrdered)
    let counts = ItemReader.Counts()
    startReading(into: queue, counts, earlier)
    interruption.onRaise { queue.close() }
    defer { queue.close() }

    let supply = ItemSupply(
      queue, sink, ResultLine(model: model.name, tokenizer: model.tokenizer), model, interruption)
    var meter = ProgressMeter(input: input, counts, isWatched: onProgress != nil)
    defer { meter.stop() }
    var statistics = RunStatistics()
    var interrupted: JobInterrupted?
    do {
      statistics = try run(supply) { event in
        meter.count(event)
        if let onProgress, let progress = meter.progress(sink) { onProgress(progress) }
        return try supply.take(event)
      }
    } catch let error as JobInterrupted {
      interrupted = error
    } catch {
      try? sink.close()
      throw error
    }
    try sink.close()
    let done = sink.counts
    return JobSummary(
      items: done.items, errors: done.errors, earlierItems: earlier.count, earlierErrors: earlier.errorCount,
      newTokens: meter.newTokens, time: meter.time, statistics: interrupted == nil ? statistics : nil,
      interruption: interrupted, results: output.path)
  }

  /// Makes the results ready to be added to; returns what is done already.
  private func prepare(_ place: JobPlace) throws -> EarlierResults {
    guard let path = output.path else { return EarlierResults() }
    if output.byteCount > 0 {
      let before = try JobManifest(besides: path)
      if options.defaults.seed == nil, let seed = before.seed { settings.seed = seed }
      let manifest = JobManifest(options, settings, model, place: place, input: input)
      try before.requireSame(as: manifest, input, results: path)
      return try EarlierResults(repairing: &output, retryingErrors: options.retriesErrors)
    }
    try JobManifest(options, settings, model, place: place, input: input).write(besides: path)
    return EarlierResults()
  }

  private func startReading(into queue: ItemQueue, _ counts: ItemReader.Counts, _ earlier: EarlierResults) {
    let preparation = ItemPreparation(
      model: model, defaults: options.defaults, preset: options.preset, settings: settings,
      overflow: options.overflow, wantsLogProbabilities: options.wantsLogProbabilities)
    let reader = ItemReader(
      parser: ItemParser(isText: options.isText), preparation: preparation, shard: options.shard, earlier: earlier,
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
