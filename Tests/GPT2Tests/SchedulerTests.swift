import Testing

@testable import GPT2

/// What plans look like, whatever becomes of them.
@Suite struct SchedulerTests {
  /// Plays the device: tokens by chance, known some steps late, and the rules that every plan must obey.
  private struct Player {
    var scheduler: Scheduler
    var generator: TestGenerator
    let slots: Int
    let rows: Int
    /// Steps between a plan and its tokens.
    let delay: Int
    var tokens: [[[Int32]]]
    var finishes: [[FinishReason?]]
    var steps = 0
    /// The next position of each slot's owner.
    private var positions: [Int]
    private var underWay: [Scheduler.Plan] = []

    init(_ requests: [GenerationRequest], slots: Int, rows: Int, delay: Int, seed: UInt64) {
      scheduler = Scheduler(requests, slots: slots, rows: rows)
      generator = TestGenerator(state: seed)
      (self.slots, self.rows, self.delay) = (slots, rows, delay)
      tokens = requests.map { Array(repeating: [], count: $0.samples) }
      finishes = requests.map { Array(repeating: nil, count: $0.samples) }
      positions = Array(repeating: 0, count: slots)
    }

    /// Plays to the end.
    mutating func play() {
      while true {
        let plan = scheduler.plan()
        if let plan {
          check(plan)
          underWay.append(plan)
          steps += 1
        }
        if underWay.count > delay || plan == nil {
          if underWay.isEmpty { return }
          absorb(underWay.removeFirst())
        }
      }
    }

    private mutating func absorb(_ plan: Scheduler.Plan) {
      let chosen = plan.draws.map { _ in
        SampledToken(token: .random(in: 0..<12, using: &generator), difference: 0, rawMass: 0)
      }
      for event in scheduler.absorb(plan, chosen) {
        #expect(finishes[event.request][event.sample] == nil, "a token after the end")
        tokens[event.request][event.sample].append(event.token.token)
        finishes[event.request][event.sample] = event.finish
      }
    }

    private mutating func check(_ plan: Scheduler.Plan) {
      let step = plan.step
      #expect(step.rows.count <= rows)
      let order = step.rows.map(\.slot)
      let runs = order.indices.filter { $0 == 0 || order[$0] != order[$0 - 1] }
      #expect(runs.count == Set(order).count, "rows of a slot that do not stand together")

      for row in step.rows {
        let slot = Int(row.slot)
        if row.position == 0 { positions[slot] = 0 }  // a new owner
        #expect(Int(row.position) == positions[slot], "slot \(slot)")
        positions[slot] += 1
      }
      for fork in plan.forks {
        #expect(fork.length == positions[fork.from], "a prompt that is not computed to its end")
        #expect(Set(fork.to).isDisjoint(with: Set(order.map(Int.init))), "a slot that computes and is copied to")
        for slot in fork.to { positions[slot] = fork.length }
      }
      let drawing = plan.draws.map(\.row.slot)
      #expect(Set(drawing).count == drawing.count, "a slot that draws twice")
      #expect(Set(plan.draws.map(\.row.logitsRow)) == Set((0..<step.outputs.count).map(UInt32.init)))
      for draw in plan.draws {
        // Logits of its own row, or of the prompt that it starts from.
        let slot = Int(step.rows[Int(step.outputs[Int(draw.row.logitsRow)])].slot)
        let isFork = plan.forks.contains { $0.from == slot && $0.to.contains(Int(draw.row.slot)) }
        #expect(slot == Int(draw.row.slot) || isFork)
      }
    }
  }

  private func request(
    _ item: Int, prompt: Int, samples: Int = 1, newTokens: ClosedRange<Int>, endOfText: [Int32] = []
  ) -> GenerationRequest {
    GenerationRequest(
      item: UInt64(item), prompt: Array(repeating: 1, count: prompt), samples: samples, newTokens: newTokens,
      endOfText: endOfText)
  }

  /// The next plan, which must be there.
  private func plan(_ scheduler: inout Scheduler) throws -> Scheduler.Plan {
    let plan = scheduler.plan()
    return try #require(plan)
  }

  private func token(_ id: Int32) -> SampledToken { SampledToken(token: id, difference: 0, rawMass: 0) }

  @Test(arguments: 0..<60)
  func everySequenceEndsOnceAndAsItShould(_ seed: Int) {
    var generator = TestGenerator(state: UInt64(seed))
    let requests = (0..<Int.random(in: 1...12, using: &generator)).map { item in
      request(
        item, prompt: .random(in: 1...40, using: &generator), samples: .random(in: 1...5, using: &generator),
        newTokens: 0...(.random(in: 1...25, using: &generator)), endOfText: generator.next() % 2 == 0 ? [] : [4, 7])
    }
    let slots = Int.random(in: 1...8, using: &generator)
    var player = Player(
      requests, slots: slots, rows: slots + .random(in: 0...30, using: &generator), delay: seed % 3, seed: UInt64(seed))
    player.play()
    for (request, (tokens, finishes)) in zip(requests, zip(player.tokens, player.finishes)) {
      for (tokens, finish) in zip(tokens, finishes) {
        #expect(tokens.dropLast().allSatisfy { !request.endOfText.contains($0) })
        switch finish {
        case .length: #expect(tokens.count == request.newTokens.upperBound)
        case .eos: #expect(tokens.last.map(request.endOfText.contains) == true)
        case .stop, nil: Issue.record("a sequence without an end")
        }
      }
    }
  }

  /// A prompt is taken in as many rows as the step has left beside the sequences under way.
  @Test func promptsFillTheRowsThatAreLeft() throws {
    var scheduler = Scheduler(
      [request(0, prompt: 3, newTokens: 0...9), request(1, prompt: 20, newTokens: 0...9)], slots: 2, rows: 8)
    var sizes: [[Int]] = []
    for _ in 0..<4 {
      let plan = try plan(&scheduler)
      sizes.append([0, 1].map { slot in plan.step.rows.count { $0.slot == slot } })
    }
    #expect(sizes == [[3, 5], [1, 7], [1, 7], [1, 1]])
  }

  /// First come, first served: the small request does not overtake the large one that waits for slots.
  @Test func nobodyOvertakes() {
    var order: [Int] = []
    var scheduler = Scheduler(
      [
        request(0, prompt: 1, newTokens: 0...2), request(1, prompt: 1, samples: 2, newTokens: 0...1),
        request(2, prompt: 1, newTokens: 0...1),
      ],
      slots: 2, rows: 2)
    while let plan = scheduler.plan() {
      for event in scheduler.absorb(plan, plan.draws.map { _ in token(0) }) {
        order.append(event.request)
      }
    }
    #expect(order == [0, 0, 1, 1, 2])
  }

  /// Steps are planned ahead, but not beyond what a sequence may still need.
  @Test func nothingIsPlannedBeyondTheLimit() {
    var scheduler = Scheduler([request(0, prompt: 2, newTokens: 0...3)], slots: 1, rows: 2)
    var plans: [Scheduler.Plan] = []
    while let plan = scheduler.plan() { plans.append(plan) }
    #expect(plans.map(\.step.rows.count) == [2, 1, 1])
    #expect(plans.flatMap { $0.step.rows.map(\.position) } == [0, 1, 2, 3])
    #expect(plans.allSatisfy { $0.draws.count == 1 })
  }

  /// What a step under way chose for a sequence that has ended meanwhile is thrown away.
  @Test func tokensAfterTheEndAreThrownAway() throws {
    var scheduler = Scheduler([request(0, prompt: 1, newTokens: 0...9, endOfText: [5])], slots: 1, rows: 1)
    let (first, second) = (try plan(&scheduler), try plan(&scheduler))
    let (ending, late) = (scheduler.absorb(first, [token(5)]), scheduler.absorb(second, [token(6)]))
    #expect(ending.map(\.finish) == [.eos] && late.isEmpty)
    let last = scheduler.plan()
    #expect(last?.step.rows.count == nil)
  }

  /// A slot is free for the next request as soon as its sequence is stopped.
  @Test func aStoppedSequencesSlotIsUsedAgain() throws {
    var scheduler = Scheduler(
      [request(0, prompt: 1, newTokens: 0...9), request(1, prompt: 4, newTokens: 0...9)], slots: 1, rows: 4)
    let plan = try plan(&scheduler)
    for event in scheduler.absorb(plan, [token(2)]) {
      scheduler.end(event.sequence)
      scheduler.end(event.sequence)  // once is enough, twice no harm
    }
    let next = try self.plan(&scheduler)
    #expect(next.step.rows.map(\.position) == [0, 1, 2, 3] && next.step.rows.allSatisfy { $0.slot == 0 })
  }

  /// The end of text is suppressed until the fewest tokens are there; a draw is keyed by item, sample and position.
  @Test func drawsKnowTheirPlace() throws {
    var request = request(3, prompt: 4, newTokens: 2...5)
    request.seed = 77
    var scheduler = Scheduler([request], slots: 1, rows: 4)
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
    var scheduler = Scheduler([request, self.request(1, prompt: 1, newTokens: 0...2)], slots: 3, rows: 4)
    let plan = try plan(&scheduler)
    #expect(Set(plan.admissions.map(\.slot)) == [0, 1] && plan.admissions.allSatisfy { $0.prompt == [1, 1, 1] })
    let next = try self.plan(&scheduler)
    #expect(next.admissions.isEmpty)
  }
}
