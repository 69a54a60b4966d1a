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
  private let interruption: Interruption
  private let isStopped = Atomic(false)

  /// - Parameter workers: How many take items.
  init(_ model: PretrainedModel, _ sink: ResultSink, workers: Int, _ interruption: Interruption) {
    self.model = model
    self.sink = sink
    self.interruption = interruption
    queue = ItemQueue(
      capacity: ItemEntry.mostWaiting, weightLimit: ItemEntry.mostWaitingBytes, consumers: workers)
    lines = ResultLine(model: model.name, tokenizer: model.tokenizer)
  }

  /// Ends the work of all: an error of one concerns the whole job.
  func stop() {
    isStopped.store(true, ordering: .releasing)
    queue.close()
  }

  /// Throws where the job is to end before its items do.
  func check() throws {
    try interruption.check()
    if isStopped.load(ordering: .acquiring) { throw JobStopped() }
  }
}

/// Another's error ended the job.
struct JobStopped: Error {}
