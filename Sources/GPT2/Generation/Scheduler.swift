/// Decides what each step computes: which sequences hold which slots, which rows they put into the next step.
///
/// Continuous batching (Yu et al., "Orca", OSDI 2022): a step mixes chunks of prompts and one row of each sequence
/// under way; a slot whose sequence has ended is given to the next in line. It knows neither tensors nor devices, and
/// nothing of requests that have ended.
///
/// Steps may be planned before the tokens of the step before are known: rows then stand for "the last sample", and
/// what an ended sequence still had under way is thrown away.
struct Scheduler {
  /// Samples of one prompt that are computed together.
  struct Group {
    let request: RequestUnderWay
    let samples: Range<Int>
    let slots: [Int]
    /// Tokens of the prompt that steps have taken.
    var progress = 0
  }

  /// Which of the sequences that a slot has belonged to.
  struct SequenceID: Hashable {
    let slot: Int
    let serial: Int
  }

  /// One continuation.
  struct Sequence {
    let id: SequenceID
    let request: RequestUnderWay
    let sample: Int
    /// Tokens chosen, or being chosen by a step under way.
    var planned = 0
    /// Tokens chosen.
    var count = 0
    /// The tokens chosen, where the host must know them to choose the next.
    var tokens: [Int32] = []
  }

  /// What became of a draw.
  struct Outcome {
    let sequence: SequenceID
    let event: GenerationEvent
  }

  let rowLimit: Int
  /// The tokens that the device takes for the end of a text.
  private let endOfText: [Int32]
  private var requestCount = 0
  private var sequenceCount = 0
  /// The request whose samples do not all have slots, and those that have none.
  private var waiting: (request: RequestUnderWay, samples: Range<Int>)?
  var prefilling: [Group] = []
  /// The sequence of each slot.
  private(set) var owners: [Sequence?]
  /// The slots of sequences under way, in the order in which they started.
  private(set) var active: [Int] = []
  private var freeSlots: [Int]

  /// A scheduler over the slots and rows there are.
  init(slots: Int, rows: Int, endOfText: [Int32] = []) {
    rowLimit = rows
    self.endOfText = endOfText
    owners = Array(repeating: nil, count: slots)
    freeSlots = Array((0..<slots).reversed())
  }

  /// Whether another request could start now.
  var wantsRequest: Bool { waiting == nil && !freeSlots.isEmpty }

  /// Whether nothing is under way.
  var isIdle: Bool { waiting == nil && prefilling.isEmpty && active.isEmpty }

  /// Whether a sequence under way needs its tokens on the host before the next step.
  var needsHost: Bool { active.contains { owners[$0]?.request.needsHost == true } }

  /// Takes over a request, when the one before has all its slots.
  mutating func add(_ request: GenerationRequest) {
    let underWay = RequestUnderWay(index: requestCount, request, deviceEndOfText: endOfText)
    requestCount += 1
    waiting = (underWay, 0..<request.samples)
    admit()
  }

  /// The next step; nil where nothing is left to compute before more is known.
  mutating func plan() -> Plan? {
    var plan = Plan()
    planContinuations(&plan)
    admit()
    planPrompts(&plan)
    return plan.step.rows.isEmpty ? nil : plan
  }

  /// Takes over what a plan's draws chose, in their order.
  mutating func absorb(_ plan: Plan, _ results: [SampledToken]) -> [Outcome] {
    var outcomes: [Outcome] = []
    for (draw, result) in zip(plan.draws, results) where owners[draw.sequence.slot]?.id == draw.sequence {
      do throws(SamplingError) {
        let token = take(try result.checked(), for: draw)
        outcomes.append(Outcome(sequence: draw.sequence, event: .token(token)))
        if token.finish != nil { end(draw.sequence) }
      } catch {
        fail(draw.request)
        outcomes.append(Outcome(sequence: draw.sequence, event: .failed(request: draw.request.index, error: error)))
      }
    }
    return outcomes
  }

  /// Ends a sequence, and frees its slot; does nothing where it has ended.
  ///
  /// A step under way may still write to the slot, but before any step of the next owner, which starts from position 0.
  mutating func end(_ sequence: SequenceID) {
    guard owners[sequence.slot]?.id == sequence else { return }
    owners[sequence.slot] = nil
    active.removeAll { $0 == sequence.slot }
    freeSlots.append(sequence.slot)
  }

  /// The tokens before the next of a sequence that the host chooses for: prompt and continuation.
  func history(of draw: Plan.Draw) -> [Int32] {
    draw.request.request.prompt + (owners[draw.sequence.slot]?.tokens ?? [])
  }
}

extension Scheduler {
  /// The next token of a sequence.
  private mutating func take(_ token: SampledToken, for draw: Plan.Draw) -> GeneratedToken {
    let (underWay, slot) = (draw.request, draw.sequence.slot)
    let request = underWay.request
    let count = (owners[slot]?.count ?? 0) + 1
    owners[slot]?.count = count
    if underWay.needsHost { owners[slot]?.tokens.append(token.token) }
    let finish: FinishReason? =
      if !request.ignoresEndOfText, request.endOfText.contains(token.token) {
        .eos
      } else if count >= request.newTokens.upperBound {
        .length
      } else {
        nil
      }
    return GeneratedToken(
      request: underWay.index, sample: draw.sample, token: token.token, logProbability: token.logProbability,
      finish: finish)
  }

  /// Ends whatever a request has under way.
  private mutating func fail(_ request: RequestUnderWay) {
    for case let owner? in owners where owner.request === request { end(owner.id) }
    if waiting?.request === request { waiting = nil }
    prefilling.removeAll { group in
      guard group.request === request else { return false }
      freeSlots += group.slots
      return true
    }
  }

  /// Gives free slots to the request that waits.
  private mutating func admit() {
    guard let (request, samples) = waiting, !freeSlots.isEmpty else { return }
    let group = samples.prefix(freeSlots.count)
    let slots = group.map { _ in freeSlots.removeLast() }
    prefilling.append(Group(request: request, samples: group, slots: slots))
    waiting = group.upperBound < samples.upperBound ? (request, group.upperBound..<samples.upperBound) : nil
  }

  /// Makes a sequence the owner of its slot.
  mutating func start(_ request: RequestUnderWay, sample: Int, slot: Int) {
    owners[slot] = Sequence(id: SequenceID(slot: slot, serial: sequenceCount), request: request, sample: sample)
    sequenceCount += 1
    active.append(slot)
  }

  /// Counts a token as planned.
  mutating func countPlanned(slot: Int) { owners[slot]?.planned += 1 }
}

/// A request of which samples run or wait.
final class RequestUnderWay {
  /// Its number in the order of the source.
  let index: Int
  let request: GenerationRequest
  /// Whether the host must choose its tokens.
  let needsHost: Bool

  /// - Parameter deviceEndOfText: The tokens that the device takes for the end of a text.
  init(index: Int, _ request: GenerationRequest, deviceEndOfText: [Int32]) {
    self.index = index
    self.request = request
    needsHost = request.sampling.needsHost || request.endOfText != deviceEndOfText
  }
}
