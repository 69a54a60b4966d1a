import TestSupport
import Testing

@testable import Backend
@testable import Engine
@testable import Sampling

/// Plays the device for a scheduler: random tokens, known some steps late, and the rules that every plan must obey.
struct SchedulerPlayer {
  private(set) var scheduler: Scheduler
  private var generator: TestGenerator
  private let slots: Int
  private let rows: Int
  /// Steps between a plan and its tokens.
  private let delay: Int
  private(set) var steps = 0
  /// The next position of each slot's owner; nil where it has none yet.
  private var positions: [Int?]
  /// The pages of each slot's owner.
  private var tables: [[Int32]]
  private let pages: Int
  private var inFlight: [Scheduler.Plan] = []

  init(slots: Int, rows: Int, pages: Int = 64, delay: Int, seed: UInt64) {
    scheduler = Scheduler(slots: slots, rows: rows, positions: 64 * pages, pages: pages, endOfText: [4, 7])
    generator = TestGenerator(state: seed)
    (self.slots, self.rows, self.delay) = (slots, rows, delay)
    positions = Array(repeating: nil, count: slots)
    tables = Array(repeating: [], count: slots)
    self.pages = pages
  }

  /// Plays to the end.
  ///
  /// - Parameters:
  ///   - next: The next request, if it has come.
  ///   - hasMore: Whether any may come.
  ///   - onEvent: False ends the continuation.
  mutating func play(
    next: () -> GenerationRequest?, hasMore: () -> Bool, onEvent: (GenerationEvent) -> Bool
  ) throws {
    while true {
      while scheduler.wantsRequest, let request = next() { try scheduler.add(request) }
      let plan = scheduler.plan()
      if let plan {
        check(plan)
        inFlight.append(plan)
        steps += 1
      }
      if inFlight.count > delay || plan == nil {
        if !inFlight.isEmpty {
          commit(inFlight.removeFirst(), onEvent)
        } else if scheduler.isIdle, !hasMore() {
          return
        }
      }
    }
  }

  /// Plays some requests to their ends.
  mutating func play(_ requests: [GenerationRequest], onEvent: (GenerationEvent) -> Bool) throws {
    var rest = requests[...]
    try play(next: { rest.popFirst() }, hasMore: { false }, onEvent: onEvent)
  }

  private mutating func commit(_ plan: Scheduler.Plan, _ onEvent: (GenerationEvent) -> Bool) {
    let chosen = plan.draws.map { _ in
      SampledToken(token: .random(in: 0..<12, using: &generator), difference: 0, rawMass: 0)
    }
    for outcome in scheduler.commit(plan, chosen) where !onEvent(outcome.event) { scheduler.end(outcome.sequence) }
  }

  private mutating func check(_ plan: Scheduler.Plan) {
    let step = plan.step
    #expect(step.rows.count <= rows)
    let order = step.rows.map(\.slot)
    let runs = order.indices.filter { $0 == 0 || order[$0] != order[$0 - 1] }
    #expect(runs.count == Set(order).count, "rows of a slot that do not stand together")

    for admission in plan.admissions {
      #expect(
        admission.pages.allSatisfy { 0..<pages ~= Int($0) } && Set(admission.pages).count == admission.pages.count)
      (tables[admission.slot], positions[admission.slot]) = (admission.pages, nil)
    }
    var writers: [Int32: Int32] = [:]
    for row in step.rows {
      let slot = Int(row.slot)
      // A prompt starts at its beginning, or behind full pages that were computed before.
      let expected = positions[slot] ?? Int(row.position) / KeyValuePage.length * KeyValuePage.length
      #expect(Int(row.position) == expected, "slot \(slot)")
      positions[slot] = Int(row.position) + 1
      let page = tables[slot][Int(row.position) / KeyValuePage.length]
      #expect(writers.updateValue(row.slot, forKey: page) ?? row.slot == row.slot, "two slots write to one page")
    }
    let drawing = plan.draws.map(\.row.slot)
    #expect(Set(drawing).count == drawing.count, "a slot that draws twice")
    #expect(Set(plan.draws.map(\.row.logitsRow)) == Set((0..<step.outputs.count).map(UInt32.init)))
    for draw in plan.draws {
      // Logits of its own row, or of the prompt that it starts from.
      let slot = Int(draw.row.slot)
      let row = step.rows[Int(step.outputs[Int(draw.row.logitsRow)])]
      guard row.slot != draw.row.slot else { continue }
      #expect(plan.draws.contains { $0.row.slot == row.slot && $0.request === draw.request })
      let prompt = draw.request.request.prompt.count
      #expect(Int(row.position) == prompt - 1)
      positions[slot] = prompt
      let (full, rest) = prompt.quotientAndRemainder(dividingBy: KeyValuePage.length)
      #expect(tables[slot][..<full] == tables[Int(row.slot)][..<full], "a prompt's pages that are not shared")
      if rest > 0, draw.request.request.newTokens.upperBound > 1 {
        #expect(tables[slot][full] != tables[Int(row.slot)][full], "a page that two write to")
        #expect(plan.forks.contains { $0.from == tables[Int(row.slot)][full] && $0.to.contains(tables[slot][full]) })
      }
    }
  }
}
