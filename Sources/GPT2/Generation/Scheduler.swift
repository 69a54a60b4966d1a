/// Decides what each step computes: which sequences hold which slots, which rows they put into the next step.
///
/// Continuous batching (Yu et al., "Orca", OSDI 2022): a step mixes chunks of prompts and one row of each sequence
/// under way; a slot whose sequence has ended is given to the next in line. It knows neither tensors nor devices.
///
/// Steps may be planned before the tokens of the step before are known: rows then stand for "the last sample", and
/// what an ended sequence still had under way is thrown away.
struct Scheduler {
  /// Samples of one prompt that are computed together.
  private struct Group {
    let request: Int
    let samples: Range<Int>
    var slots: [Int] = []
    /// Tokens of the prompt that steps have taken.
    var progress = 0
  }

  /// One continuation.
  private struct Sequence {
    let request: Int
    let sample: Int
    let slot: Int
    /// Tokens chosen, or being chosen by a step under way.
    var planned = 0
    var tokens: [Int32] = []
    var isFinished = false
  }

  /// What a step computes and what becomes of it.
  struct Plan {
    /// A choice of one token.
    struct Draw {
      let sequence: Int
      let row: SamplingRow
    }

    /// The keys and values of a prompt, to be given to the other samples' slots after the step.
    struct Fork {
      let from: Int
      let to: [Int]
      let length: Int
    }

    /// A slot that a sequence with a repetition penalty takes over.
    struct Admission {
      let slot: Int
      let prompt: [Int32]
    }

    var step = Step()
    var draws: [Draw] = []
    var forks: [Fork] = []
    var admissions: [Admission] = []
  }

  /// A token of one continuation.
  struct Event {
    let request: Int
    let sample: Int
    let sequence: Int
    let token: SampledToken
    let finish: FinishReason?
  }

  let requests: [GenerationRequest]
  private let rowLimit: Int
  private var waiting: [Group] = []
  private var prefilling: [Group] = []
  private var sequences: [Sequence] = []
  private var active: [Int] = []
  private var freeSlots: [Int]

  /// A scheduler of requests over the slots and rows there are.
  init(_ requests: [GenerationRequest], slots: Int, rows: Int) {
    self.requests = requests
    rowLimit = rows
    freeSlots = Array((0..<slots).reversed())
    for (index, request) in requests.enumerated() {
      for first in stride(from: 0, to: request.samples, by: slots) {
        waiting.append(Group(request: index, samples: first..<min(first + slots, request.samples)))
      }
    }
    waiting.reverse()  // taken from the end
  }

  /// Whether a sequence under way needs its tokens on the host before the next step.
  var needsHost: Bool { active.contains { requests[sequences[$0].request].sampling.needsHost } }

  /// The next step; nil where nothing is left to compute before more tokens are known.
  mutating func plan() -> Plan? {
    var plan = Plan()
    planContinuations(&plan)
    admit(&plan)
    planPrompts(&plan)
    return plan.step.rows.isEmpty ? nil : plan
  }

  /// Takes over the tokens that a plan's draws chose, in their order.
  mutating func absorb(_ plan: Plan, _ tokens: [SampledToken]) -> [Event] {
    var events: [Event] = []
    for (draw, token) in zip(plan.draws, tokens) where !sequences[draw.sequence].isFinished {
      let sequence = sequences[draw.sequence]
      let request = requests[sequence.request]
      sequences[draw.sequence].tokens.append(token.token)
      let finish: FinishReason? =
        if !request.ignoresEndOfText, request.endOfText.contains(token.token) {
          .eos
        } else if sequence.tokens.count + 1 >= request.newTokens.upperBound {
          .length
        } else {
          nil
        }
      events.append(
        Event(
          request: sequence.request, sample: sequence.sample, sequence: draw.sequence, token: token, finish: finish))
      if finish != nil { end(draw.sequence) }
    }
    return events
  }

  /// Ends a sequence, and frees its slot.
  ///
  /// A step under way may still write to the slot, but before any step of the next owner, which starts from position 0.
  mutating func end(_ sequence: Int) {
    guard !sequences[sequence].isFinished else { return }
    sequences[sequence].isFinished = true
    active.removeAll { $0 == sequence }
    freeSlots.append(sequences[sequence].slot)
  }

  /// How a draw chooses.
  func sampling(of draw: Plan.Draw) -> SamplingParameters { requests[sequences[draw.sequence].request].sampling }

  /// The tokens that end the text that a draw continues.
  func endOfText(of draw: Plan.Draw) -> [Int32] { requests[sequences[draw.sequence].request].endOfText }

  /// The tokens before the next of a sequence: prompt and continuation.
  func history(of sequence: Int) -> [Int32] {
    requests[sequences[sequence].request].prompt + sequences[sequence].tokens
  }
}

extension Scheduler {
  /// One row for each sequence under way that may go on.
  private mutating func planContinuations(_ plan: inout Plan) {
    for index in active {
      let sequence = sequences[index]
      let request = requests[sequence.request]
      guard sequence.planned < request.newTokens.upperBound else { continue }
      let position = request.prompt.count + sequence.planned - 1
      let output = plan.step.append(
        CollectionOfOne(Step.Row.lastSample), slot: Int32(sequence.slot), firstPosition: position)
      if let output { plan.draws.append(draw(index, logitsRow: output)) }
    }
  }

  /// Gives free slots to the groups that wait, first come first served.
  private mutating func admit(_ plan: inout Plan) {
    while var group = waiting.last, group.samples.count <= freeSlots.count {
      waiting.removeLast()
      group.slots = group.samples.map { _ in freeSlots.removeLast() }
      let request = requests[group.request]
      if request.sampling.repetitionPenalty != 1 {
        plan.admissions += group.slots.map { Plan.Admission(slot: $0, prompt: request.prompt) }
      }
      prefilling.append(group)
    }
  }

  /// Chunks of prompts, as far as the step has room.
  private mutating func planPrompts(_ plan: inout Plan) {
    while let group = prefilling.first, plan.step.rows.count < rowLimit {
      let prompt = requests[group.request].prompt
      let end = min(prompt.count, group.progress + rowLimit - plan.step.rows.count)
      let output = plan.step.append(
        prompt[group.progress..<end], slot: Int32(group.slots[0]), firstPosition: group.progress,
        wantsLogits: end == prompt.count ? .last : .none)
      prefilling[0].progress = end
      guard let output else { return }
      prefilling.removeFirst()
      start(group, logitsRow: output, &plan)
    }
  }

  /// Turns a group whose prompt is computed into sequences: all draw their first token from the same logits.
  private mutating func start(_ group: Group, logitsRow: Int, _ plan: inout Plan) {
    for (sample, slot) in zip(group.samples, group.slots) {
      sequences.append(Sequence(request: group.request, sample: sample, slot: slot))
      active.append(sequences.count - 1)
      plan.draws.append(draw(sequences.count - 1, logitsRow: logitsRow))
    }
    if group.slots.count > 1 {
      plan.forks.append(
        Plan.Fork(
          from: group.slots[0], to: Array(group.slots.dropFirst()), length: requests[group.request].prompt.count))
    }
  }

  /// The choice of a sequence's next token.
  private mutating func draw(_ index: Int, logitsRow: Int) -> Plan.Draw {
    let sequence = sequences[index]
    let request = requests[sequence.request]
    sequences[index].planned += 1
    let draw = Philox4x32(seed: request.seed).draw(
      item: request.item, sample: UInt32(truncatingIfNeeded: sequence.sample),
      position: UInt32(truncatingIfNeeded: request.prompt.count + sequence.planned))
    return Plan.Draw(
      sequence: index,
      row: SamplingRow(
        request.sampling, draw: draw, logitsRow: UInt32(logitsRow), slot: UInt32(sequence.slot),
        suppressesEndOfText: sequence.planned < request.newTokens.lowerBound,
        wantsLogProbability: request.wantsLogProbabilities))
  }
}
