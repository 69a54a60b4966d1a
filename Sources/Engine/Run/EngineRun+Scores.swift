internal import Checkpoint
internal import Sampling

extension Scheduler.Plan {
  /// The rows that the device scores: of prompts, of tokens whose neighbours are wanted, and of beams.
  var scoreRows: [ScoreRow] {
    var result: [ScoreRow] = []
    for rows in prompts {
      result += rows.targets.enumerated().map { ScoreRow(logitsRow: rows.logitsRow + $0, target: $1) }
    }
    result += draws.filter(\.wantsTop).map { ScoreRow(logitsRow: Int($0.row.logitsRow)) }
    result += beams.filter { !$0.request.readsLogits }.map { ScoreRow(logitsRow: $0.logitsRow) }
    return result
  }

  /// How many of the likeliest tokens the rows need.
  var scoreTop: Int {
    let requests = prompts.map(\.request) + draws.map(\.request)
    let beamTop = beams.filter { !$0.request.readsLogits }.map(\.request.beamTop).max() ?? 0
    return min(TokenScore.mostTop, max(requests.map(\.request.topLogProbabilities).max() ?? 0, beamTop))
  }

  /// The rows of logits that the host searches for what follows beams.
  var beamLogitsRows: [Int] { beams.filter(\.request.readsLogits).map(\.logitsRow) }

  /// Whether something comes of the step that is waited for.
  var hasResults: Bool { !draws.isEmpty || !beams.isEmpty || !prompts.isEmpty }
}

extension Scheduler.Plan.Draw {
  /// Whether the likeliest tokens beside the one drawn are wanted.
  var wantsTop: Bool { request.request.topLogProbabilities > 0 }
}

extension ArraySlice {
  /// Takes the first elements away.
  mutating func removeFirst(upTo count: Int) -> ArraySlice {
    defer { self = dropFirst(count) }
    return prefix(count)
  }
}

extension EngineRun {
  /// Hands out what is known of prompts.
  mutating func completePrompts(
    _ plan: Scheduler.Plan, _ scores: inout ArraySlice<TokenScore>, _ onEvent: (GenerationEvent) throws -> Bool
  ) throws {
    for rows in plan.prompts {
      guard let event = scheduler.commit(rows, scores.removeFirst(upTo: rows.targets.count)) else { continue }
      feed.forgetGiven()
      _ = try onEvent(event)
    }
  }

  /// Lets the beams go on, and hands out the texts of those that are over.
  ///
  /// - Parameter logits: Of the beams whose continuations the host looks for. (beams, V)
  mutating func completeBeams(
    _ plan: Scheduler.Plan, _ scores: inout ArraySlice<TokenScore>, _ logits: [Float],
    _ onEvent: (GenerationEvent) throws -> Bool
  ) throws {
    let vocabularySize = model.configuration.vocabularySize
    var (rest, logits) = (plan.beams[...], logits[...])
    while let request = rest.first?.request {
      let count = rest.prefix { $0.request === request }.count
      rest = rest.dropFirst(count)
      let readsLogits = request.readsLogits
      let own = readsLogits ? [] : Array(scores.removeFirst(upTo: count))
      let ownLogits = readsLogits ? logits.removeFirst(upTo: count * vocabularySize) : []
      if request.hasEnded { continue }
      var events: [GenerationEvent]
      do throws(SamplingError) {
        let continuations =
          readsLogits
          ? try request.continuations(ownLogits, vocabularySize: vocabularySize, &sampler)
          : try request.continuations(own)
        events = try scheduler.advance(request, continuations).map { .token($0) }
      } catch {
        scheduler.end(request)
        events = [.failed(request: request.index, error: error)]
      }
      try handOut(events, onEvent)
    }
  }

  /// Hands out texts that are whole; of one that its receiver ends, no more.
  private mutating func handOut(
    _ events: [GenerationEvent], _ onEvent: (GenerationEvent) throws -> Bool
  ) throws {
    var over: Set<Int> = []
    for event in events {
      feed.forgetGiven()
      guard case .token(let token) = event else {
        _ = try onEvent(event)
        continue
      }
      if over.contains(token.sample) { continue }
      meter.countToken()
      if try !onEvent(event) { over.insert(token.sample) }
    }
  }
}
