internal import Backend
internal import Engine
internal import Dispatch
internal import GPT2
internal import Synchronization

/// Several devices that write the texts of one job, each on a thread of its own.
final class JobCrew: Sendable {
  private enum Outcome: Sendable {
    case done(RunStatistics)
    /// Its device failed, where others may go on.
    case lost(any Error)
    /// The job cannot go on.
    case failed(any Error)
    /// Another's error ended its work.
    case stopped
  }

  private let workers: [JobWorker]
  private let floor: JobFloor
  private let onLoss: @Sendable (DeviceLoss) -> Void
  private let tallies: [Tally]
  private let outcomes: Mutex<[Outcome?]>

  // Each is left by every worker, but for `start`, which all wait for.
  private let loading = DispatchGroup()
  private let start = DispatchGroup()
  private let working = DispatchGroup()
  private let threads = DispatchGroup()

  init(_ workers: [JobWorker], _ floor: JobFloor, onLoss: @escaping @Sendable (DeviceLoss) -> Void) {
    self.workers = workers
    self.floor = floor
    self.onLoss = onLoss
    tallies = workers.map { _ in Tally() }
    outcomes = Mutex(Array(repeating: nil, count: workers.count))
  }

  /// Tokens that all have chosen by now.
  var newTokens: Int { Tally.newTokens(tallies) }

  /// What each has done.
  var shares: [DeviceShare] {
    let outcomes = outcomes.withLock { $0 }
    return workers.indices.map { index in
      var share = DeviceShare(
        name: workers[index].name, items: tallies[index].items.load(ordering: .relaxed),
        newTokens: tallies[index].newTokens.load(ordering: .relaxed))
      if case .done(let statistics)? = outcomes[index] { share.statistics = statistics }
      return share
    }
  }

  /// Loads the model on every device, at the same time.
  ///
  /// - Throws: What keeps the job from beginning; the workers have ended then.
  func load() throws {
    start.enter()
    for group in [loading, working, threads] { for _ in workers { group.enter() } }
    for index in workers.indices {
      // A queue of its own has a thread of its own.
      DispatchQueue(label: "gpt2-gpu.device.\(index)").async {
        self.work(index)
        self.threads.leave()
      }
    }
    loading.wait()
    do {
      try checkOutcomes()
    } catch {
      floor.stop()
      start.leave()
      threads.wait()
      throw error
    }
  }

  /// Runs to the end of the items.
  ///
  /// - Parameter tick: Called now and then.
  func run(tick: () -> Void) throws {
    start.leave()
    while working.wait(timeout: .now() + .milliseconds(100)) == .timedOut { tick() }
    do {
      try checkOutcomes()
    } catch {
      threads.wait()
      throw error
    }
  }

  /// Waits until every worker is through.
  func end() { threads.wait() }

  /// Throws what a job that has come so far cannot survive.
  private func checkOutcomes() throws {
    let outcomes = outcomes.withLock { $0 }
    var losses: [any Error] = []
    for case .failed(let error)? in outcomes { throw error }
    for case .lost(let error)? in outcomes { losses.append(error) }
    if let error = losses.last, losses.count == workers.count { throw error }
  }

  // MARK: On a worker's thread

  private func work(_ index: Int) {
    var writer: JobWorker.Writer?
    do {
      writer = try workers[index].load()
    } catch {
      leave(index, error, [])
    }
    loading.leave()
    start.wait()
    if let writer, run(writer, index) {
      working.leave()
      writer.end()
    } else {
      working.leave()
    }
  }

  /// Returns whether all went well.
  private func run(_ writer: JobWorker.Writer, _ index: Int) -> Bool {
    let supply = ItemSupply(floor, tallies[index])
    do {
      let statistics = try writer.run(supply) { try supply.take($0) }
      outcomes.withLock { $0[index] = .done(statistics) }
      floor.queue.leave()
      return true
    } catch {
      leave(index, error, supply.unfinished)
      return false
    }
  }

  /// Ends a worker's work after an error: of its device, or of the job.
  private func leave(_ index: Int, _ error: any Error, _ unfinished: [PreparedItem]) {
    guard error.isDeviceFailure else {
      outcomes.withLock { $0[index] = error is JobStopped ? .stopped : .failed(error) }
      floor.stop()
      return
    }
    let goesOn = outcomes.withLock { outcomes in
      outcomes[index] = .lost(error)
      return outcomes.contains { if case .lost? = $0 { false } else { true } }
    }
    if goesOn { onLoss(DeviceLoss(name: workers[index].name, error: error, unfinished: unfinished.count)) }
    floor.queue.leave(returning: unfinished)
  }
}
