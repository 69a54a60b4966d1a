internal import Backend
internal import Sampling

/// Decides what each step computes: which sequences hold which slots, which rows they put into the next step.
///
/// Continuous batching (Yu et al., "Orca", OSDI 2022): a step mixes chunks of prompts and one row of each sequence
/// in flight; a slot whose sequence has ended is given to the next in line. It knows neither tensors nor devices, and
/// nothing of requests that have ended.
///
/// A sequence starts when there are pages for all that it may come to (Kwon et al., "PagedAttention", SOSP 2023), so
/// that it never has to stop for want of memory; samples share their prompt's full pages.
///
/// Steps may be planned before the tokens of the step before are known: rows then stand for "the last sample", and
/// tokens that an ended sequence still had in flight are thrown away.
struct Scheduler {
  /// Samples of one prompt that are computed together.
  struct Group {
    let request: InFlightRequest
    let samples: Range<Int>
    let slots: [Int]
    /// The pages of each slot.
    let pages: [[Int32]]
    /// Tokens of the prompt that steps have taken, or that an earlier group left in shared pages.
    var progress: Int
    /// Whether the device knows the slots' pages.
    var isAdmitted = false
  }

  /// Which of the sequences that a slot has belonged to.
  struct SequenceID: Hashable {
    let slot: Int
    let serial: Int
  }

  /// One continuation.
  struct Sequence {
    let id: SequenceID
    let request: InFlightRequest
    let sample: Int
    let pages: [Int32]
    /// Tokens chosen, or being chosen by a step in flight.
    var planned = 0
    /// Tokens chosen.
    var count = 0
    /// The tokens chosen, where the host must know them to choose the next.
    var tokens: [Int32] = []
  }

  /// The outcome of a draw.
  struct Outcome {
    let sequence: SequenceID
    let event: GenerationEvent
  }

  let rowLimit: Int
  /// The tokens that the device takes for the end of a text.
  private let endOfText: [Int32]
  private var requestCount = 0
  private var sequenceCount = 0
  private var waiting: Waiting?
  var prefilling: [Group] = []
  /// The sequence of each slot.
  private(set) var owners: [Sequence?]
  /// The slots of running sequences, in the order in which they started.
  private(set) var active: [Int] = []
  private var freeSlots: [Int]
  private(set) var pool: PagePool
  /// Positions that a slot has room for.
  private let positionLimit: Int

  /// The request whose samples do not all have slots.
  private struct Waiting {
    let request: InFlightRequest
    /// Those that have none.
    var samples: Range<Int>
    /// Full pages of the prompt that earlier samples compute, kept for these.
    var prompt: [Int32] = []
  }

  /// A scheduler over the slots, rows and pages there are.
  init(slots: Int, rows: Int, positions: Int, pages: Int, endOfText: [Int32] = []) {
    rowLimit = rows
    positionLimit = positions
    pool = PagePool(count: pages)
    self.endOfText = endOfText
    owners = Array(repeating: nil, count: slots)
    freeSlots = Array((0..<slots).reversed())
  }

  /// Whether another request could start now, if it is not too large.
  var wantsRequest: Bool { waiting == nil && !freeSlots.isEmpty && pool.freeCount > 0 }

  /// Whether nothing is in flight.
  var isIdle: Bool { waiting == nil && prefilling.isEmpty && active.isEmpty }

  /// Whether a running sequence needs its tokens on the host before the next step.
  var needsHost: Bool { active.contains { owners[$0]?.request.needsHost == true } }

  /// Takes over a request, when the one before has all its slots.
  ///
  /// - Throws: ``CacheError`` for one that could never start.
  mutating func add(_ request: GenerationRequest) throws(CacheError) {
    let pages = KeyValuePage.count(positions: request.positions)
    guard request.positions <= positionLimit, pages <= pool.count else {
      throw CacheError(
        description: "A prompt of \(request.prompt.count) tokens and \(request.newTokens.upperBound) new ones need "
          + "\(request.positions) positions in \(pages) pages of the key-value cache, but a sequence can have "
          + "\(positionLimit), and there are \(pool.count) pages: shorten the prompt, or ask for fewer new tokens.")
    }
    let inFlight = InFlightRequest(index: requestCount, request, deviceEndOfText: endOfText)
    requestCount += 1
    waiting = Waiting(request: inFlight, samples: 0..<request.samples)
    allocate()
  }

  /// The next step; nil where nothing is left to compute before more is known.
  mutating func plan() -> Plan? {
    var plan = Plan()
    planContinuations(&plan)
    allocate()
    planPrompts(&plan)
    return plan.step.rows.isEmpty ? nil : plan
  }

  /// Records the tokens of a plan's draws, in their order.
  mutating func commit(_ plan: Plan, _ results: [SampledToken]) -> [Outcome] {
    var outcomes: [Outcome] = []
    for (draw, result) in zip(plan.draws, results) where owners[draw.sequence.slot]?.id == draw.sequence {
      do throws(SamplingError) {
        let token = append(try result.checked(), for: draw)
        outcomes.append(Outcome(sequence: draw.sequence, event: .token(token)))
        if token.finish != nil { end(draw.sequence) }
      } catch {
        end(draw.request)
        outcomes.append(Outcome(sequence: draw.sequence, event: .failed(request: draw.request.index, error: error)))
      }
    }
    return outcomes
  }

  /// Ends a sequence, and frees its slot and pages; does nothing where it has ended.
  ///
  /// A step in flight may still write to them, but before any step of the next owners, which write before they read.
  mutating func end(_ sequence: SequenceID) {
    guard let owner = owners[sequence.slot], owner.id == sequence else { return }
    pool.release(owner.pages)
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
  /// Ends the requests that somebody has cancelled; returns their numbers.
  mutating func endCancelled() -> [Int] {
    var ended: [Int] = []
    while let request = firstCancelled {
      end(request)
      ended.append(request.index)
    }
    return ended
  }

  private var firstCancelled: InFlightRequest? {
    if let waiting, waiting.request.isCancelled { return waiting.request }
    return prefilling.first { $0.request.isCancelled }?.request
      ?? active.first { owners[$0]?.request.isCancelled == true }.flatMap { owners[$0]?.request }
  }

  /// Appends the next token to its sequence.
  private mutating func append(_ token: SampledToken, for draw: Plan.Draw) -> GeneratedToken {
    let (inFlight, slot) = (draw.request, draw.sequence.slot)
    let request = inFlight.request
    let count = (owners[slot]?.count ?? 0) + 1
    owners[slot]?.count = count
    if inFlight.needsHost { owners[slot]?.tokens.append(token.token) }
    let finish: FinishReason? =
      if !request.ignoresEndOfText, inFlight.endOfText.contains(token.token) {
        .eos
      } else if count >= request.newTokens.upperBound {
        .length
      } else {
        nil
      }
    return GeneratedToken(
      request: inFlight.index, sample: draw.sample, token: token.token, logProbability: token.logProbability,
      finish: finish)
  }

  /// Ends a request, whether it waits for slots, its prompt is being computed, or its sequences run.
  private mutating func end(_ request: InFlightRequest) {
    for case let owner? in owners where owner.request === request { end(owner.id) }
    if let waiting, waiting.request === request {
      pool.release(waiting.prompt)
      self.waiting = nil
    }
    for group in prefilling where group.request === request {
      freeSlots += group.slots
      pool.release(group.pages.joined())
    }
    prefilling.removeAll { $0.request === request }
  }

  /// Gives free slots and pages to the request that waits: to as many of its samples as can have them.
  ///
  /// The first computes the prompt, the others share its full pages. Samples that come later compute what is left
  /// behind the full pages that were kept for them.
  private mutating func allocate() {
    guard var waiting else { return }
    let request = waiting.request.request
    let blocks = KeyValuePage.count(positions: request.positions)
    let full = request.prompt.count / KeyValuePage.length
    let (leader, follower) = (blocks - waiting.prompt.count, blocks - full)
    let room = pool.freeCount - leader
    guard !freeSlots.isEmpty, room >= 0 else { return }
    let samples = waiting.samples.prefix(min(freeSlots.count, 1 + (follower > 0 ? room / follower : .max - 1)))

    let slots = samples.map { _ in freeSlots.removeLast() }
    pool.retain(waiting.prompt)
    let first = waiting.prompt + pool.allocate(leader)
    let pages = slots.indices.map { index in
      if index == 0 { return first }
      pool.retain(first[..<full])
      return first[..<full] + pool.allocate(follower)
    }
    prefilling.append(
      Group(
        request: waiting.request, samples: samples, slots: slots, pages: pages,
        progress: waiting.prompt.count * KeyValuePage.length))

    waiting.samples.removeFirst(samples.count)
    if waiting.samples.isEmpty {
      pool.release(waiting.prompt)
      self.waiting = nil
    } else {
      if waiting.prompt.isEmpty {  // a token at least is left to compute, for its logits
        waiting.prompt = Array(first[..<((request.prompt.count - 1) / KeyValuePage.length)])
        pool.retain(waiting.prompt)
      }
      self.waiting = waiting
    }
  }

  /// Makes a sequence the owner of its slot.
  mutating func start(_ request: InFlightRequest, sample: Int, slot: Int, pages: [Int32]) {
    owners[slot] = Sequence(
      id: SequenceID(slot: slot, serial: sequenceCount), request: request, sample: sample, pages: pages)
    sequenceCount += 1
    active.append(slot)
  }

  /// Counts a token as planned.
  mutating func countPlanned(slot: Int) { owners[slot]?.planned += 1 }
}
