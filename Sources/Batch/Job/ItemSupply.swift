internal import GPT2

/// Gives one runner its requests, and makes results of what becomes of them.
///
/// Several runners have one each, over the same queue and the same sink.
final class ItemSupply: RequestSource {
  private let queue: ItemQueue
  private let sink: ResultSink
  private let lines: ResultLine
  private let model: PretrainedModel
  private let interruption: Interruption

  /// By the numbers that the runner gives to requests.
  private var underWay: [Int: ItemUnderWay] = [:]
  private var given = 0

  init(
    _ queue: ItemQueue, _ sink: ResultSink, _ lines: ResultLine, _ model: PretrainedModel, _ interruption: Interruption
  ) {
    self.queue = queue
    self.sink = sink
    self.lines = lines
    self.model = model
    self.interruption = interruption
  }

  func next(waiting: Bool) throws -> SuppliedRequest {
    while true {
      try interruption.check()
      // With nothing under way nothing can be waited for, so a runner that waits is never held back.
      if !waiting && sink.isFull { return .notYet }
      switch queue.pop(waiting: waiting) {
      case nil: return .notYet
      case .end?:
        try interruption.check()
        return .end
      case .broken(let error)?:
        if !waiting && !underWay.isEmpty { return .notYet }  // what was read is written first
        throw error
      case .failed(let item)?:
        try sink.take(lines.line(for: item), ordinal: item.ordinal, isError: true)
      case .item(let item)?:
        underWay[given] = ItemUnderWay(item, model)
        given += 1
        return .request(item.request)
      }
    }
  }

  /// Takes what became of a request; returns whether its continuation goes on.
  func take(_ event: GenerationEvent) throws -> Bool {
    try interruption.check()
    switch event {
    case .token(let token):
      guard let goesOn = underWay[token.request]?.append(token) else { return false }
      if !goesOn, let item = underWay[token.request], item.isFinished {
        underWay[token.request] = nil
        try sink.take(lines.line(for: item), ordinal: item.item.ordinal, isError: false)
      }
      return goesOn
    case .failed(let request, let error):
      guard let item = underWay.removeValue(forKey: request)?.item else { return false }
      let failed = FailedItem(
        ordinal: item.ordinal, index: item.index, id: item.id, form: item.form,
        error: ItemError(.generationFailed, error.description))
      try sink.take(lines.line(for: failed), ordinal: item.ordinal, isError: true)
      return false
    }
  }
}
