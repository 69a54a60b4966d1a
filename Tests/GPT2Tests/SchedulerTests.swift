import Testing

@testable import GPT2

/// The scheduler on a model of nothing but memory: a token is a function of all tokens before it, so that a wrong slot, a
/// wrong position, a missing fork or a lost row changes everything that follows.
@Suite struct SchedulerTests {
  /// The device: what each slot holds, and the token last sampled for it.
  private struct Memory {
    var slots: [[Int32]]
    var lastSamples: [Int32]

    init(slots: Int) {
      self.slots = Array(repeating: [], count: slots)
      lastSamples = Array(repeating: -1, count: slots)
    }

    /// Runs a step and chooses the plan's tokens.
    mutating func run(_ plan: Scheduler.Plan) -> [SampledToken] {
      for row in plan.step.rows {
        let (slot, position) = (Int(row.slot), Int(row.position))
        let token = row.token == Step.Row.lastSample ? lastSamples[slot] : row.token
        #expect(position <= slots[slot].count, "a row may not skip positions")
        slots[slot] = slots[slot].prefix(position) + [token]
      }
      let tokens = plan.draws.map { draw in
        let row = plan.step.rows[Int(plan.step.outputs[Int(draw.row.logitsRow)])]
        let history = slots[Int(row.slot)].prefix(Int(row.position) + 1)
        return SampledToken(token: Self.next(Array(history), draw.row.draw), difference: 0, rawMass: 0)
      }
      for fork in plan.forks { for slot in fork.to { slots[slot] = Array(slots[fork.from].prefix(fork.length)) } }
      for (draw, token) in zip(plan.draws, tokens) { lastSamples[Int(draw.row.slot)] = token.token }
      return tokens
    }

    /// The token after a history.
    static func next(_ history: [Int32], _ draw: UInt64) -> Int32 {
      let hash = history.reduce(draw) { ($0 ^ UInt64(UInt32(bitPattern: $1))) &* 0x0000_0100_0000_01B3 }
      return Int32((hash >> 33) % 50)
    }
  }

  /// What a request's sample must become, computed alone.
  private func expected(_ request: GenerationRequest, sample: Int) -> ([Int32], FinishReason) {
    var history = request.prompt
    while true {
      let draw = Philox4x32(seed: request.seed).draw(
        item: request.item, sample: UInt32(sample), position: UInt32(history.count))
      history.append(Memory.next(history, draw))
      let tokens = Array(history.dropFirst(request.prompt.count))
      if !request.ignoresEndOfText, request.endOfText.contains(tokens[tokens.count - 1]) { return (tokens, .eos) }
      if tokens.count == request.newTokens.upperBound { return (tokens, .length) }
    }
  }

  private func requests(_ count: Int, _ generator: inout TestGenerator) -> [GenerationRequest] {
    (0..<count).map { item in
      let longest = 1 + Int(generator.next() % 12)
      return GenerationRequest(
        item: UInt64(item), prompt: (0...Int(generator.next() % 20)).map { _ in Int32(generator.next() % 50) },
        samples: 1 + Int(generator.next() % 5), newTokens: 0...longest, endOfText: [7, 8],
        ignoresEndOfText: generator.next() % 4 == 0, seed: 11)
    }
  }

  /// Runs requests as the engine does: a step is planned before the tokens of the one before are known.
  private func run(
    _ requests: [GenerationRequest], slots: Int, rows: Int, isLate: Bool
  ) -> [String: ([Int32], FinishReason?)] {
    var scheduler = Scheduler(requests, slots: slots, rows: rows)
    var memory = Memory(slots: slots)
    var results: [String: ([Int32], FinishReason?)] = [:]
    var underWay: (plan: Scheduler.Plan, tokens: [SampledToken])?
    func absorb() {
      guard let (plan, tokens) = underWay else { return }
      underWay = nil
      for event in scheduler.absorb(plan, tokens) {
        let key = "\(event.request)/\(event.sample)"
        #expect(results[key]?.1 == nil, "nothing follows the end")
        results[key, default: ([], nil)].0.append(event.token.token)
        results[key]?.1 = event.finish
      }
    }
    for _ in 0..<10_000 {
      if !isLate { absorb() }
      guard let plan = scheduler.plan() else {
        if underWay == nil { return results }
        absorb()
        continue
      }
      #expect(plan.step.rows.count <= max(rows, slots) && plan.step.outputs.count <= slots)
      let tokens = memory.run(plan)
      absorb()
      underWay = (plan, tokens)
    }
    Issue.record("the scheduler does not come to an end")
    return results
  }

  @Test(arguments: [(1, 1), (1, 64), (2, 3), (5, 5), (7, 16), (64, 512)])
  func everySampleIsWhatItIsAlone(slots: Int, rows: Int) {
    var generator = TestGenerator(state: UInt64(slots * 1000 + rows))
    let requests = requests(40, &generator)
    for isLate in [false, true] {
      let results = run(requests, slots: slots, rows: rows, isLate: isLate)
      #expect(results.count == requests.map(\.samples).reduce(0, +))
      for (index, request) in requests.enumerated() {
        for sample in 0..<request.samples {
          let (tokens, finish) = expected(request, sample: sample)
          let found = results["\(index)/\(sample)"]
          #expect(found?.0 == tokens && found?.1 == finish, "request \(index), sample \(sample)")
        }
      }
    }
  }

  @Test func aStoppedSequenceGivesItsSlotAway() {
    let requests = (0..<3).map { GenerationRequest(item: $0, prompt: [1, 2], newTokens: 0...100) }
    var scheduler = Scheduler(requests, slots: 1, rows: 8)
    var memory = Memory(slots: 1)
    var seen: Set<Int> = []
    while let plan = scheduler.plan() {
      for event in scheduler.absorb(plan, memory.run(plan)) {
        seen.insert(event.request)
        scheduler.end(event.sequence)
      }
    }
    #expect(seen == [0, 1, 2])
  }

  @Test func theEndOfTextIsSuppressedUntilTheFewestTokensAreThere() throws {
    var scheduler = Scheduler([GenerationRequest(prompt: [1], newTokens: 2...4)], slots: 1, rows: 8)
    var memory = Memory(slots: 1)
    var suppressed: [Bool] = []
    while let plan = scheduler.plan() {
      suppressed += plan.draws.map { $0.row.flags.contains(.suppressEndOfText) }
      _ = scheduler.absorb(plan, memory.run(plan))
    }
    #expect(suppressed == [true, true, false, false])
  }
}
