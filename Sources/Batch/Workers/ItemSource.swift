internal import Dispatch
internal import Engine
internal import GPT2
internal import Sampling
internal import Synchronization

/// Gives one worker's engine its requests, and makes results of its events.
///
/// It pulls items from the job's queue as the engine has room, on the engine's thread. A stream for each request, as
/// `RequestQueue` makes them, would need a task for each item between the engine and the file; and a worker that fails
/// could not give its items back.
final class ItemSource: RequestSource {
  private let context: JobContext
  private let counters: Counters

  /// By the items' ordinals.
  private var inFlight: [Int: InFlightItem] = [:]
  /// Whose prompt a request is, by the number that the engine gives to requests.
  private var prompts: [Int: PromptPlace] = [:]
  private var given = 0
  /// Prompts after the first of the item that was taken last.
  private var rest: [PromptPlace] = []
  private var pace = ItemPace()

  /// A prompt of an item.
  private struct PromptPlace {
    let ordinal: Int
    let number: Int
  }

  init(_ context: JobContext, _ counters: Counters) {
    self.context = context
    self.counters = counters
  }

  /// Items that were given and not finished.
  var unfinished: [PreparedItem] { inFlight.values.map(\.item) }

  func next(waiting: Bool) throws -> SuppliedRequest {
    while true {
      try context.check()
      if let place = rest.popLast() {
        // One whose item has failed is not begun.
        guard let item = inFlight[place.ordinal]?.item else { continue }
        return give(item, place)
      }
      if try !hasRoom(waiting: waiting) { return .notYet }
      if context.isEnding { return .end }
      switch try context.queue.dequeue(waiting: waiting, where: mayBegin) {
      case .notYet: return context.isEnding ? .end : .notYet
      case .end:
        try context.check()
        return .end
      case .element(.failed(let item)):
        counters.items.add(1, ordering: .relaxed)
        try context.sink.write(context.lines.line(for: item), ordinal: item.ordinal, isError: true, mark: item.lineMark)
      case .element(.item(let item)):
        inFlight[item.ordinal] = InFlightItem(item, context.model)
        rest = item.requests.indices.reversed().map { PromptPlace(ordinal: item.ordinal, number: $0) }
      }
    }
  }

  /// Whether an item may begin. One that would not end in time is for the run that continues this one, and so are all
  /// behind it: none of them may be another worker's, or its line would wait for this one's for ever.
  private func mayBegin(_ entry: ItemEntry) -> Bool {
    if context.isEnding { return false }
    guard let deadline = context.deadline, case .item(let item) = entry, pace.end(of: item) > deadline else {
      return true
    }
    context.endForWantOfTime()
    return false
  }

  private func give(_ item: PreparedItem, _ place: PromptPlace) -> SuppliedRequest {
    prompts[given] = place
    given += 1
    return .request(item.requests[place.number].tokens)
  }

  /// Whether not too much waits for earlier items; waits for that where nothing else is to be done.
  ///
  /// The item that all wait for is another's, then, unless that gave it back.
  private func hasRoom(waiting: Bool) throws -> Bool {
    while context.sink.isFull {
      if !waiting { return false }
      if context.queue.hasReturned || context.isEnding { return true }
      // Rare and long: a poll costs nothing that counts.
      _ = DispatchSemaphore(value: 0).wait(timeout: .now() + .milliseconds(5))
      try context.check()
    }
    return true
  }

  /// Receives an event of the engine; returns whether its continuation goes on.
  func receive(_ event: GenerationEvent) throws -> Bool {
    try context.check()
    switch event {
    case .token(let token):
      counters.newTokens.add(1, ordering: .relaxed)
      guard let place = prompts[token.request],
        let goesOn = inFlight[place.ordinal]?.append(token, prompt: place.number)
      else { return false }
      if !goesOn, let item = inFlight[place.ordinal] {
        count(item)
        if item.isFinished {
          try finish(item.item, token.request, place, context.lines.line(for: item), isError: false)
        }
      }
      return goesOn
    case .prompt(let request, let scores):
      guard let place = prompts[request], inFlight[place.ordinal]?.receive(scores, prompt: place.number) == true,
        let item = inFlight[place.ordinal], item.isFinished
      else { return false }
      try finish(item.item, request, place, context.lines.line(for: item), isError: false)
      return false
    case .failed(let request, let error):
      guard let place = prompts[request], let item = inFlight[place.ordinal]?.item else { return false }
      let failed = FailedItem(
        ordinal: item.ordinal, index: item.index, id: item.id, form: item.form,
        error: ItemError(.generationFailed, "\(error)"))
      try finish(item, request, place, context.lines.line(for: failed), isError: true)
      return false
    case .cancelled: return false  // no item is
    }
  }

  /// Counts one more finished text of an item that has several.
  private func count(_ item: InFlightItem) {
    guard item.texts.count > 1 else { return }
    counters.texts.add(1, ordering: .relaxed)
    counters.parts.add(Counters.part(of: item.texts.count), ordering: .relaxed)
  }

  /// Writes an item's line; `request` is the one of its requests that ended it.
  private func finish(
    _ item: PreparedItem, _ request: Int, _ place: PromptPlace, _ line: [UInt8], isError: Bool
  ) throws {
    if let finished = inFlight.removeValue(forKey: item.ordinal) {
      if !isError { pace.record(finished) }
      if finished.texts.count > 1 {
        let texts = finished.texts.count - finished.unfinished
        counters.parts.subtract(texts * Counters.part(of: finished.texts.count), ordering: .relaxed)
      }
    }
    // An item's requests are given one after the other.
    for number in item.requests.indices { prompts[request - place.number + number] = nil }
    counters.items.add(1, ordering: .relaxed)
    if item.isCapped { counters.cappedItems.add(1, ordering: .relaxed) }
    try context.sink.write(line, ordinal: item.ordinal, isError: isError, mark: item.lineMark)
  }
}
