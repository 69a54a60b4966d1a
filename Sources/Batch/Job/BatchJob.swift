package import System
internal import Checkpoint
package import Engine
internal import Dispatch
package import GPT2

/// A job: items from a file or a pipe, a line of results for each.
///
/// ```swift
/// let job = try BatchJob(JobOptions(input: "prompts.jsonl", output: "texts.jsonl"), model: generator.model)
/// let summary = try job.run(in: place) { source, onEvent in try generator.run(source, onEvent: onEvent) }
/// ```
package final class BatchJob {
  private let options: JobOptions
  private let model: PretrainedModel
  private let input: JobInput
  private var output: ResultFile
  /// What holds for items without options of their own.
  package private(set) var settings: GenerationSettings

  /// Whether the results are in a file, so that the job can be continued.
  package var isContinuable: Bool { output.path != nil }

  /// Checks what can be checked before weights are loaded, and opens the input and the output.
  ///
  /// - Throws: ``JobError``, `SettingsError`, ``WriteError``.
  package init(_ options: JobOptions, model: PretrainedModel) throws {
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
  /// - Throws: ``JobError``, ``WriteError``, and what `run` throws; what is complete is then written.
  package func run(
    in place: JobPlace, interruption: Interruption = Interruption(), onProgress: ((JobProgress) -> Void)? = nil,
    _ run: (any RequestSource, (GenerationEvent) throws -> Bool) throws -> RunStatistics
  ) throws -> JobSummary {
    let begun = try begin(place, takers: 1, interruption)
    defer { begun.floor.queue.close() }
    read(begun)
    interruption.onRaise { begun.floor.queue.close() }
    let supply = ItemSupply(begun.floor)
    var meter = ProgressMeter(input: input, begun.counts, isWatched: onProgress != nil)
    defer { meter.stop() }
    var statistics: RunStatistics?
    let interrupted = try untilInterrupted(begun) {
      statistics = try run(supply) { event in
        defer {
          if let onProgress, let progress = meter.progress(begun.floor.sink, newTokens: Tally.newTokens([supply.tally]))
          {
            onProgress(progress)
          }
        }
        return try supply.take(event)
      }
    }
    return summarize(begun, Tally.newTokens([supply.tally]), meter.time, statistics, interrupted)
  }

  /// Runs the job to its end on one or more devices, which take items as they have room for them.
  ///
  /// A device that fails leaves its unfinished items to the others.
  ///
  /// - Parameters:
  ///   - place: Where the workers compute.
  ///   - workers: The devices, at least one.
  ///   - interruption: Ends the job early.
  ///   - onProgress: Called now and then; nil where nobody looks.
  ///   - onLoss: Called, on any thread, for a device that failed while others go on.
  /// - Throws: ``JobError``, ``WriteError``, and what the workers throw, where none of them can go on; what is
  ///   complete is then written.
  package func run(
    in place: JobPlace, on workers: [JobWorker], interruption: Interruption = Interruption(),
    onProgress: ((JobProgress) -> Void)? = nil, onLoss: @escaping @Sendable (DeviceLoss) -> Void = { _ in }
  ) throws -> JobSummary {
    let start = ContinuousClock.now
    if let worker = workers.first, workers.count == 1 {
      let writer = try worker.load()
      let loadTime = ContinuousClock.now - start
      var summary = try run(in: place, interruption: interruption, onProgress: onProgress, writer.run)
      summary.loadTime = loadTime
      if summary.interruption == nil { writer.end() }
      return summary
    }
    let begun = try begin(place, takers: workers.count, interruption)
    defer { begun.floor.queue.close() }
    let crew = JobCrew(workers, begun.floor, onLoss: onLoss)
    do {
      try crew.load()
    } catch {
      try? begun.floor.sink.close()
      input.closeFile()
      throw error
    }
    let loadTime = ContinuousClock.now - start
    read(begun)
    interruption.onRaise { begun.floor.queue.close() }
    var meter = ProgressMeter(input: input, begun.counts, isWatched: onProgress != nil)
    defer { meter.stop() }
    let interrupted = try untilInterrupted(begun) {
      try crew.run {
        if let onProgress, let progress = meter.progress(begun.floor.sink, newTokens: crew.newTokens) {
          onProgress(progress)
        }
      }
    }
    var summary = summarize(begun, crew.newTokens, meter.time, nil, interrupted)
    crew.end()
    (summary.loadTime, summary.devices) = (loadTime, crew.shares)
    return summary
  }

  /// A job whose results can be added to.
  private struct Begun: Sendable {
    let floor: JobFloor
    let earlier: EarlierResults
    let counts = ItemReader.Counts()
  }

  private func begin(_ place: JobPlace, takers: Int, _ interruption: Interruption) throws -> Begun {
    let earlier: EarlierResults
    do {
      earlier = try prepare(place)
    } catch {
      output.closeFile()
      input.closeFile()
      throw error
    }
    let sink = ResultSink(output, isOrdered: options.isOrdered)
    return Begun(floor: JobFloor(model, sink, takers: takers, interruption), earlier: earlier)
  }

  /// Runs `body`, and closes the results, whatever comes of it; returns what interrupted it.
  private func untilInterrupted(_ begun: Begun, _ body: () throws -> Void) throws -> JobInterrupted? {
    var interrupted: JobInterrupted?
    do {
      try body()
    } catch let error as JobInterrupted {
      interrupted = error
    } catch {
      try? begun.floor.sink.close()
      throw error
    }
    try begun.floor.sink.close()
    return interrupted
  }

  private func summarize(
    _ begun: Begun, _ newTokens: Int, _ time: Duration, _ statistics: RunStatistics?, _ interrupted: JobInterrupted?
  ) -> JobSummary {
    let done = begun.floor.sink.counts
    return JobSummary(
      items: done.items, errors: done.errors, earlierItems: begun.earlier.count,
      earlierErrors: begun.earlier.errorCount, newTokens: newTokens, time: time,
      statistics: interrupted == nil ? statistics : nil, interruption: interrupted, results: output.path)
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

  /// Starts reading items.
  private func read(_ begun: Begun) {
    let preparation = ItemPreparation(
      model: model, defaults: options.defaults, preset: options.preset, settings: settings,
      overflow: options.overflow, wantsLogProbabilities: options.wantsLogProbabilities)
    let reader = ItemReader(
      parser: ItemParser(isText: options.isText), preparation: preparation, shard: options.shard,
      earlier: begun.earlier,
      remembersIDs: !options.isText, queue: begun.floor.queue, counts: begun.counts)
    let input = input
    // A queue of its own has a thread of its own, which may wait for as long as it likes.
    DispatchQueue(label: "gpt2-gpu.items").async {
      var reader = reader
      reader.read(input)
      input.closeFile()
    }
  }
}
