import Testing

@testable import GPT2

/// Plays the device for a scheduler: tokens by chance, known some steps late, and the rules that every plan must obey.
struct SchedulerPlayer {
  private(set) var scheduler: Scheduler
  private var generator: TestGenerator
  private let slots: Int
  private let rows: Int
  /// Steps between a plan and its tokens.
  private let delay: Int
  private(set) var steps = 0
  /// The next position of each slot's owner.
  private var positions: [Int]
  private var underWay: [Scheduler.Plan] = []

  init(slots: Int, rows: Int, delay: Int, seed: UInt64) {
    scheduler = Scheduler(slots: slots, rows: rows, endOfText: [4, 7])
    generator = TestGenerator(state: seed)
    (self.slots, self.rows, self.delay) = (slots, rows, delay)
    positions = Array(repeating: 0, count: slots)
  }

  /// Plays to the end.
  ///
  /// - Parameters:
  ///   - next: The next request, if it has come.
  ///   - hasMore: Whether any may come.
  ///   - onEvent: False ends the continuation.
  mutating func play(
    next: () -> GenerationRequest?, hasMore: () -> Bool, onEvent: (GenerationEvent) -> Bool
  ) {
    while true {
      while scheduler.wantsRequest, let request = next() { scheduler.add(request) }
      let plan = scheduler.plan()
      if let plan {
        check(plan)
        underWay.append(plan)
        steps += 1
      }
      if underWay.count > delay || plan == nil {
        if !underWay.isEmpty {
          absorb(underWay.removeFirst(), onEvent)
        } else if scheduler.isIdle, !hasMore() {
          return
        }
      }
    }
  }

  /// Plays some requests to their ends.
  mutating func play(_ requests: [GenerationRequest], onEvent: (GenerationEvent) -> Bool) {
    var rest = requests[...]
    play(next: { rest.popFirst() }, hasMore: { false }, onEvent: onEvent)
  }

  private mutating func absorb(_ plan: Scheduler.Plan, _ onEvent: (GenerationEvent) -> Bool) {
    let chosen = plan.draws.map { _ in
      SampledToken(token: .random(in: 0..<12, using: &generator), difference: 0, rawMass: 0)
    }
    for outcome in scheduler.absorb(plan, chosen) where !onEvent(outcome.event) { scheduler.end(outcome.sequence) }
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
