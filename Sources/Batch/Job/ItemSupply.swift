internal import Sampling
internal import Engine
internal import Dispatch
internal import GPT2
internal import Synchronization

/// Gives one runner its requests, and makes results of what becomes of them.
///
/// Several runners have one each, over the same floor.
final class ItemSupply: RequestSource {
  private let floor: JobFloor
  /// What came of them.
  let tally: Tally

  /// By the numbers that the runner gives to requests.
  private var underWay: [Int: ItemUnderWay] = [:]
  private var given = 0

  init(_ floor: JobFloor, _ tally: Tally = Tally()) {
    self.floor = floor
    self.tally = tally
  }

  /// Items that were given and not finished.
  var unfinished: [PreparedItem] { underWay.values.map(\.item) }

  func next(waiting: Bool) throws -> SuppliedRequest {
    while true {
      try floor.check()
      if try !hasRoom(waiting: waiting) { return .notYet }
      switch floor.queue.pop(waiting: waiting) {
      case nil: return .notYet
      case .end?:
        try floor.check()
        return .end
      case .broken(let error)?:
        if !waiting && !underWay.isEmpty { return .notYet }  // what was read is written first
        throw error
      case .failed(let item)?:
        tally.items.add(1, ordering: .relaxed)
        try floor.sink.take(floor.lines.line(for: item), ordinal: item.ordinal, isError: true)
      case .item(let item)?:
        underWay[given] = ItemUnderWay(item, floor.model)
        given += 1
        return .request(item.request)
      }
    }
  }

  /// Whether not too much waits for earlier items; waits for that where nothing else is to be done.
  ///
  /// The item that all wait for is another's, then, unless that gave it back.
  private func hasRoom(waiting: Bool) throws -> Bool {
    while floor.sink.isFull {
      if !waiting { return false }
      if floor.queue.hasReturned { return true }
      // Rare and long: a poll costs nothing that counts.
      _ = DispatchSemaphore(value: 0).wait(timeout: .now() + .milliseconds(5))
      try floor.check()
    }
    return true
  }

  /// Takes what became of a request; returns whether its continuation goes on.
  func take(_ event: GenerationEvent) throws -> Bool {
    try floor.check()
    switch event {
    case .token(let token):
      tally.newTokens.add(1, ordering: .relaxed)
      guard let goesOn = underWay[token.request]?.append(token) else { return false }
      if !goesOn, let item = underWay[token.request], item.isFinished {
        try finish(token.request, floor.lines.line(for: item), item.item, isError: false)
      }
      return goesOn
    case .failed(let request, let error):
      guard let item = underWay[request]?.item else { return false }
      let failed = FailedItem(
        ordinal: item.ordinal, index: item.index, id: item.id, form: item.form,
        error: ItemError(.generationFailed, error.description))
      try finish(request, floor.lines.line(for: failed), item, isError: true)
      return false
    }
  }

  private func finish(_ request: Int, _ line: [UInt8], _ item: PreparedItem, isError: Bool) throws {
    underWay[request] = nil
    tally.items.add(1, ordering: .relaxed)
    try floor.sink.take(line, ordinal: item.ordinal, isError: isError)
  }
}
