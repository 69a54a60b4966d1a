@testable import Backend
import TestSupport
import Testing

@testable import Engine
@testable import Sampling

/// The shape of plans, whatever their draws choose.
@Suite struct SchedulerTests: SchedulerSuite {
  @Test(arguments: 0..<60)
  func everySequenceEndsOnceAndAsItShould(_ seed: Int) throws {
    var generator = TestGenerator(state: UInt64(seed))
    // Up to four pages a sequence, of as few as four in all.
    let requests = (0..<Int.random(in: 1...12, using: &generator)).map { item in
      request(
        item, prompt: [Int.random(in: 1...40, using: &generator), 64, 128, 150][Int(generator.next() % 4)],
        samples: .random(in: 1...5, using: &generator), newTokens: 0...(.random(in: 1...70, using: &generator)),
        endOfText: generator.next() % 2 == 0 ? [] : [4, 7])
    }
    let slots = Int.random(in: 1...8, using: &generator)
    var player = SchedulerPlayer(
      slots: slots, rows: slots + .random(in: 0...30, using: &generator),
      pages: .random(in: 4...20, using: &generator), delay: seed % 3, seed: UInt64(seed))
    var tokens = requests.map { Array(repeating: [Int32](), count: $0.samples) }
    var finishes = requests.map { Array(repeating: FinishReason?.none, count: $0.samples) }
    try player.play(requests) { event in
      guard case .token(let token) = event else { return true }
      #expect(finishes[token.request][token.sample] == nil, "a token after the end")
      tokens[token.request][token.sample].append(token.token)
      finishes[token.request][token.sample] = token.finish
      return true
    }
    for (request, (tokens, finishes)) in zip(requests, zip(tokens, finishes)) {
      for (tokens, finish) in zip(tokens, finishes) {
        #expect(tokens.dropLast().allSatisfy { !(request.endOfText ?? []).contains($0) })
        switch finish {
        case .length: #expect(tokens.count == request.newTokens.upperBound)
        case .eos: #expect(tokens.last.map((request.endOfText ?? []).contains) == true)
        case .stop, .time, nil: Issue.record("a sequence without an end")
        }
      }
    }
    #expect(player.scheduler.pool.freeCount == player.scheduler.pool.count, "pages that nobody gave back")
  }

  /// A prompt is taken in as many rows as the step has left beside the running sequences.
  @Test func promptsFillTheRowsThatAreLeft() throws {
    var (scheduler, _) = try scheduler(
      [request(0, prompt: 3, newTokens: 0...9), request(1, prompt: 20, newTokens: 0...9)], slots: 2, rows: 8)
    var sizes: [[Int]] = []
    for _ in 0..<4 {
      let plan = try plan(&scheduler)
      sizes.append([0, 1].map { slot in plan.step.rows.count { $0.slot == slot } })
    }
    #expect(sizes == [[3, 5], [1, 7], [1, 7], [1, 1]])
  }

  /// First come, first served, and no slot stays free that somebody waits for.
  @Test func nobodyOvertakes() throws {
    var order: [Int] = []
    var player = SchedulerPlayer(slots: 2, rows: 2, delay: 0, seed: 1)
    let requests = [
      request(0, prompt: 1, newTokens: 0...3), request(1, prompt: 1, samples: 3, newTokens: 0...1),
      request(2, prompt: 1, newTokens: 0...1),
    ]
    try player.play(requests) { event in
      if case .token(let token) = event { order.append(token.request) }
      return true
    }
    #expect(order == [0, 1, 0, 1, 0, 1, 2])
  }

  /// Steps are planned ahead, but not beyond the tokens that a sequence may still need.
  @Test func nothingIsPlannedBeyondTheLimit() throws {
    var (scheduler, _) = try scheduler([request(0, prompt: 2, newTokens: 0...3)], slots: 1, rows: 2)
    var plans: [Scheduler.Plan] = []
    while let plan = scheduler.plan() { plans.append(plan) }
    #expect(plans.map(\.step.rows.count) == [2, 1, 1])
    #expect(plans.flatMap { $0.step.rows.map(\.position) } == [0, 1, 2, 3])
    #expect(plans.allSatisfy { $0.draws.count == 1 })
  }

  /// Tokens of a step in flight for a sequence that has ended meanwhile are thrown away.
  @Test func tokensAfterTheEndAreThrownAway() throws {
    var (scheduler, _) = try scheduler(
      [request(0, prompt: 1, newTokens: 0...9, endOfText: [5])], slots: 1, rows: 1, endOfText: [5])
    let (first, second) = (try plan(&scheduler), try plan(&scheduler))
    let (ending, late) = (scheduler.commit(first, [token(5)]), scheduler.commit(second, [token(6)]))
    #expect(ending.compactMap(\.finish) == [.eos] && late.isEmpty)
    let last = scheduler.plan()
    #expect(last?.step.rows.count == nil)
  }

  /// Sequences that the host chooses for rest together, every second step, and the others wait for nobody.
  @Test func theHostsSequencesTakeTurnsWithIt() throws {
    var requests = (0..<3).map { request($0, prompt: 1, newTokens: 0...9) }
    for index in 0..<2 { requests[index].sampling.noRepeatNgramSize = 3 }
    var (scheduler, _) = try scheduler(requests, slots: 3, rows: 3)
    var inFlight = try plan(&scheduler)
    var slots: [[Int32]] = []
    for step in 0..<6 {
      let next = try plan(&scheduler)
      slots.append(next.step.rows.map(\.slot))
      #expect(next.lastSamples.map(\.slot) == next.step.rows.map { Int($0.slot) }.filter { $0 < 2 })
      #expect(next.lastSamples.allSatisfy { $0.token == Int32(step) })
      _ = scheduler.commit(inFlight, inFlight.draws.map { _ in token(Int32(step + 1)) })
      inFlight = next
    }
    #expect(slots == [[2], [0, 1, 2], [2], [0, 1, 2], [2], [0, 1, 2]])
  }

  /// A slot is free for the next request as soon as its sequence is stopped.
  @Test func aStoppedSequencesSlotIsUsedAgain() throws {
    var (scheduler, rest) = try scheduler(
      [request(0, prompt: 1, newTokens: 0...9), request(1, prompt: 4, newTokens: 0...9)], slots: 1, rows: 4)
    #expect(rest.count == 1 && !scheduler.wantsRequest)
    let plan = try plan(&scheduler)
    for outcome in scheduler.commit(plan, [token(2)]) {
      scheduler.end(outcome.sequence)
      scheduler.end(outcome.sequence)  // once is enough, twice no harm
    }
    #expect(scheduler.isIdle && scheduler.wantsRequest)
    try scheduler.add(#require(rest.first))
    let next = try self.plan(&scheduler)
    #expect(next.step.rows.map(\.position) == [0, 1, 2, 3] && next.step.rows.allSatisfy { $0.slot == 0 })
  }

  /// The end of text is suppressed until the fewest tokens are there; a draw is keyed by item, sample and position.
  @Test func drawsKnowTheirPlace() throws {
    var request = request(3, prompt: 4, newTokens: 2...5)
    request.seed = 77
    var (scheduler, _) = try scheduler([request], slots: 1, rows: 4)
    for index in 0..<5 {
      let draw = try #require(try plan(&scheduler).draws.first)
      #expect(draw.row.flags.contains(.suppressEndOfText) == (index < 2))
      #expect(draw.row.draw == Philox4x32(seed: 77).draw(item: 3, sample: 0, position: UInt32(4 + index)))
    }
  }

  /// Slots whose sequences have a repetition penalty start with their prompt's tokens.
  @Test func penalizedSlotsAreToldTheirPrompt() throws {
    var request = request(0, prompt: 3, samples: 2, newTokens: 0...2)
    request.sampling.repetitionPenalty = 1.3
    var (scheduler, _) = try scheduler([request, self.request(1, prompt: 1, newTokens: 0...2)], slots: 3, rows: 4)
    let plan = try plan(&scheduler)
    #expect(plan.admissions.map(\.slot) == [0, 1, 2])
    #expect(plan.admissions.map(\.penalized) == [[1, 1, 1], [1, 1, 1], nil])
    let next = try self.plan(&scheduler)
    #expect(next.admissions.isEmpty)
  }

  /// A failure ends its request, wherever that stands, and frees its slots; a stale result of it is nobody's.
  @Test func aFailureEndsItsRequestOnly() throws {
    var (scheduler, rest) = try scheduler(
      [
        request(0, prompt: 1, newTokens: 0...9), request(1, prompt: 1, samples: 5, newTokens: 0...9),
        request(2, prompt: 9, newTokens: 0...1),
      ], slots: 3, rows: 3)
    let (first, second) = (try plan(&scheduler), try plan(&scheduler))
    #expect(first.draws.map(\.request.index) == [0, 1, 1] && rest.count == 1)
    let outcomes = scheduler.commit(first, [token(1), token(SampledToken.notFinite), token(1)])
    #expect(outcomes.map(\.event.request) == [0, 1] && outcomes[1].error == .notFinite)
    #expect(scheduler.wantsRequest)
    try scheduler.add(#require(rest.first))
    #expect(scheduler.commit(second, [token(1), token(2), token(3)]).map(\.event.request) == [0])
    let third = try plan(&scheduler)
    #expect(third.step.rows.map(\.position) == [2, 0, 1])
  }

  /// Whatever has ended leaves nothing behind: of 20,000 requests only those in slots, and the next, are kept.
  @Test func memoryDoesNotGrowWithTheRequests() throws {
    let slots = 16
    var player = SchedulerPlayer(slots: slots, rows: 64, delay: 1, seed: 5)
    var (taken, ended, most) = (0, 0, 0)
    var generator = TestGenerator(state: 6)
    try player.play(
      next: {
        guard taken < 20_000 else { return nil }
        taken += 1
        most = max(most, taken - ended)
        return request(
          taken, prompt: .random(in: 1...3, using: &generator), newTokens: 0...(.random(in: 1...4, using: &generator)),
          endOfText: [4, 7])
      }, hasMore: { taken < 20_000 },
      onEvent: { event in
        if case .token(let token) = event, token.finish != nil { ended += 1 }
        return true
      })
    #expect(taken == 20_000 && ended == 20_000 && most <= slots)
    #expect(player.scheduler.isIdle && player.scheduler.owners.allSatisfy { $0 == nil })
    #expect(player.scheduler.active.isEmpty && player.scheduler.prefilling.isEmpty)
  }
}

extension Scheduler.Outcome {
  fileprivate var finish: FinishReason? {
    if case .token(let token) = event { token.finish } else { nil }
  }
  fileprivate var error: SamplingError? {
    if case .failed(_, let error) = event { error as? SamplingError } else { nil }
  }
}
