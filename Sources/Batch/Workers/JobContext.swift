internal import Engine
internal import System
internal import GPT2
internal import Synchronization

/// The parts of a job that its workers share.
final class JobContext: Sendable {
  let model: PretrainedModel
  let queue: ItemQueue
  let sink: ResultSink
  let lines: ResultLine
  /// When the job is asked to end.
  let deadline: ContinuousClock.Instant?
  private let asked: Interruption
  private let isStopped = Atomic(false)
  private let lacksTime = Atomic(false)

  /// - Parameter workers: How many take items.
  init(
    _ model: PretrainedModel, _ sink: ResultSink, workers: Int, _ interruption: Interruption,
    deadline: ContinuousClock.Instant?
  ) {
    self.model = model
    self.sink = sink
    self.deadline = deadline
    asked = interruption
    queue = ItemQueue(
      capacity: ItemEntry.mostWaiting, weightLimit: ItemEntry.mostWaitingBytes, consumers: workers)
    lines = ResultLine(model: model.name, tokenizer: model.tokenizer)
  }

  /// Ends the work of all: an error of one concerns the whole job.
  func stop() {
    isStopped.store(true, ordering: .releasing)
    queue.close()
  }

  /// Whether an item was not begun because it would not end in time: then none is begun any more.
  var isEnding: Bool { lacksTime.load(ordering: .acquiring) }

  /// Lets no more items begin, for want of time.
  func endForWantOfTime() { lacksTime.store(true, ordering: .releasing) }

  /// Why items were left that nobody had begun.
  var interruption: JobInterrupted? { isEnding ? .timeIsUp : nil }

  /// Throws where the job is to end before its items do.
  func check() throws {
    try asked.check()
    if isStopped.load(ordering: .acquiring) { throw JobStopped() }
  }
}

/// Another's error ended the job.
struct JobStopped: Error {}
