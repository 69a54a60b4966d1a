internal import System
internal import GPT2
internal import Synchronization

/// What those who write a job's texts share.
final class JobFloor: Sendable {
  let model: PretrainedModel
  let queue: ItemQueue
  let sink: ResultSink
  let lines: ResultLine
  private let interruption: Interruption
  private let isStopped = Atomic(false)

  /// - Parameter takers: How many take items.
  init(_ model: PretrainedModel, _ sink: ResultSink, takers: Int, _ interruption: Interruption) {
    self.model = model
    self.sink = sink
    self.interruption = interruption
    queue = ItemQueue(takers: takers)
    lines = ResultLine(model: model.name, tokenizer: model.tokenizer)
  }

  /// Ends the work of all: an error of one concerns the whole job.
  func stop() {
    isStopped.store(true, ordering: .releasing)
    queue.close()
  }

  func check() throws {
    try interruption.check()
    if isStopped.load(ordering: .acquiring) { throw JobStopped() }
  }
}

/// Another's error ended the job.
struct JobStopped: Error {}

/// What one of those who write texts has done by now.
final class Tally: Sendable {
  /// Items that it finished, those that failed among them.
  let items = Atomic(0)
  /// Tokens that it chose, those of unfinished items among them.
  let newTokens = Atomic(0)

  /// Tokens of some together.
  static func newTokens(_ tallies: [Tally]) -> Int {
    tallies.reduce(0) { $0 + $1.newTokens.load(ordering: .relaxed) }
  }
}
