internal import Backend
internal import Dispatch
internal import Engine
internal import GPT2
internal import Synchronization

/// The devices that write the texts of one job, each on a thread of its own.
final class WorkerPool: Sendable {
  /// How far a worker has come.
  fileprivate enum Stage: Sendable {
    case loading
    case loaded
    case done(RunStatistics)
    /// Its device failed, where others may go on.
    case lost(any Error)
    /// The job cannot go on.
    case failed(any Error)
    /// Another's error ended its work.
    case stopped
  }

  fileprivate struct State {
    /// (workers)
    var stages: [Stage]
    /// Whether the workers may take items.
    var isStarted = false
    /// Threads that have not ended.
    var threads: Int
  }

  private let workers: [JobWorker]
  private let context: JobContext
  private let onLoss: @Sendable (DeviceLoss) -> Void
  private let counters: [Counters]
  private let state: Monitor<State>

  init(_ workers: [JobWorker], _ context: JobContext, onLoss: @escaping @Sendable (DeviceLoss) -> Void) {
    self.workers = workers
    self.context = context
    self.onLoss = onLoss
    counters = workers.map { _ in Counters() }
    state = Monitor(State(stages: workers.map { _ in .loading }, threads: workers.count))
  }

  /// Tokens that all have chosen so far.
  var newTokens: Int { counters.reduce(0) { $0 + $1.newTokens.load(ordering: .relaxed) } }

  /// Finished items with room for fewer tokens than were asked for.
  var cappedItems: Int { counters.reduce(0) { $0 + $1.cappedItems.load(ordering: .relaxed) } }

  /// Finished texts of items that have several; and how many items those of unfinished ones make up.
  var texts: (finished: Int, parts: Double) {
    (
      counters.reduce(0) { $0 + $1.texts.load(ordering: .relaxed) },
      counters.reduce(0) { $0 + Double($1.parts.load(ordering: .relaxed)) / 1e6 }
    )
  }

  /// The share of each.
  var shares: [DeviceShare] {
    let stages = state.read { $0.stages }
    return workers.indices.map { index in
      var share = DeviceShare(
        name: workers[index].name, items: counters[index].items.load(ordering: .relaxed),
        newTokens: counters[index].newTokens.load(ordering: .relaxed))
      if case .done(let statistics) = stages[index] { share.statistics = statistics }
      return share
    }
  }

  /// Loads the model on every device, at the same time.
  ///
  /// - Throws: An error that keeps the job from beginning; the workers have ended then.
  func load() throws {
    for index in workers.indices {
      // A queue of its own has a thread of its own.
      DispatchQueue(label: "gpt2-gpu.device.\(index)").async { self.work(index) }
    }
    _ = state.wait { state in state.stages.contains { $0.isLoading } ? nil : true }
    do {
      try checkStages()
    } catch {
      context.stop()
      state.withLock { $0.isStarted = true }
      waitForThreads()
      throw error
    }
  }

  /// Runs to the end of the items.
  ///
  /// - Parameter tick: Called now and then.
  func run(tick: () -> Void) throws {
    state.withLock { $0.isStarted = true }
    while state.wait(
      until: .now() + .milliseconds(100), { state in state.stages.contains { $0.isWorking } ? nil : true }) == nil
    {
      tick()
    }
    do {
      try checkStages()
    } catch {
      waitForThreads()
      throw error
    }
  }

  /// Waits until every worker is through.
  func waitForThreads() { _ = state.wait { $0.threads == 0 ? true : nil } }

  /// Throws the errors that a job cannot survive once it has begun.
  private func checkStages() throws {
    let stages = state.read { $0.stages }
    var losses: [any Error] = []
    for case .failed(let error) in stages { throw error }
    for case .lost(let error) in stages { losses.append(error) }
    if let error = losses.last, losses.count == workers.count { throw error }
  }

  // MARK: On a worker's thread

  private func work(_ index: Int) {
    defer { state.withLock { $0.threads -= 1 } }
    let writer: JobWorker.Writer
    do {
      writer = try workers[index].load()
    } catch {
      leave(index, error, [])
      return
    }
    state.withLock { $0.stages[index] = .loaded }
    _ = state.wait { $0.isStarted ? true : nil }
    let source = ItemSource(context, counters[index])
    do {
      let statistics = try writer.run(source) { try source.receive($0) }
      context.queue.leave()
      state.withLock { $0.stages[index] = .done(statistics) }
      writer.end()
    } catch {
      leave(index, error, source.unfinished)
    }
  }

  /// Ends a worker's work after an error: of its device, or of the job.
  private func leave(_ index: Int, _ error: any Error, _ unfinished: [PreparedItem]) {
    counters[index].parts.store(0, ordering: .relaxed)
    guard error.isDeviceFailure else {
      state.withLock { $0.stages[index] = error is JobStopped ? .stopped : .failed(error) }
      context.stop()
      return
    }
    let goesOn = state.withLock { state in
      state.stages[index] = .lost(error)
      return state.stages.contains { if case .lost = $0 { false } else { true } }
    }
    if goesOn { onLoss(DeviceLoss(name: workers[index].name, error: error, unfinished: unfinished.count)) }
    context.queue.leave(returning: unfinished.map(ItemEntry.item)) { $0.ordinal < $1.ordinal }
  }
}

extension WorkerPool.Stage {
  fileprivate var isLoading: Bool { if case .loading = self { true } else { false } }

  fileprivate var isWorking: Bool {
    switch self {
    case .loading, .loaded: true
    case .done, .lost, .failed, .stopped: false
    }
  }
}
