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
    /// Of a group of one sample that is guided.
    var guide: Guide?
    /// Whether the device knows the slots' pages.
    var isAdmitted = false
  }

  /// One continuation.
  struct Sequence {
    let id: SequenceID
    let request: InFlightRequest
    let sample: Int
    let pages: [Int32]
    /// Of a sample that is guided.
    let guide: Guide?
    /// Tokens chosen, or being chosen by a step in flight.
    var planned = 0
    /// Tokens chosen.
    var count = 0
    /// The tokens chosen, where the host must know them to go on.
    var tokens: [Int32] = []
    /// Whether the device knows the last of them: it chose that, and alone.
    var deviceKnowsLast = false

    /// Whether a step in flight chooses its last token.
    var isInFlight: Bool { planned > count }
  }

  let rowLimit: Int
  /// Whether proposals are checked, which takes known last tokens; else steps are planned ahead of them.
  var checksProposals = true
  /// Slots of the device, behind those of sequences, for draws that count only where others chose as proposed.
  let scratchSlots: Int
  /// The most rows of a step whose logits are wanted.
  let outputLimit: Int
  /// The tokens that the device takes for the end of a text.
  private let endOfText: [Int32]
  private let vocabularySize: Int
  /// Requests that were added, whether they could be or not.
  private var requestCount = 0
  private var sequenceCount = 0
  var waiting: Waiting?
  var prefilling: [Group] = []
  /// The sequence of each slot.
  private(set) var owners: [Sequence?]
  /// The slots of running sequences, in the order in which they started.
  private(set) var active: [Int] = []
  var freeSlots: [Int]
  var pool: PagePool
  /// Positions that a slot has room for.
  private let positionLimit: Int

  /// A scheduler over the slots, rows and pages there are.
  init(
    slots: Int, scratchSlots: Int = 0, rows: Int, outputs: Int = .max, positions: Int, pages: Int,
    endOfText: [Int32] = [], vocabularySize: Int = .max
  ) {
    rowLimit = rows
    self.scratchSlots = scratchSlots
    outputLimit = outputs
    positionLimit = positions
    pool = PagePool(count: pages)
    self.endOfText = endOfText
    self.vocabularySize = vocabularySize
    owners = Array(repeating: nil, count: slots)
    freeSlots = Array((0..<slots).reversed())
  }

  /// Whether another request could start now, if it is not too large.
  var wantsRequest: Bool { waiting == nil && !freeSlots.isEmpty && pool.freeCount > 0 }

  /// Whether nothing is in flight.
  var isIdle: Bool { waiting == nil && prefilling.isEmpty && active.isEmpty }

  /// Takes over a request, when the one before has all its slots.
  ///
  /// - Parameter number: Its number in the order of the source; by default that after the last.
  /// - Throws: ``CacheError`` for one that could never start.
  mutating func add(_ request: GenerationRequest, number: Int? = nil) throws(CacheError) {
    requestCount = (number ?? requestCount) + 1
    if let problem = request.problem(vocabularySize: vocabularySize) { throw CacheError(description: problem) }
    if let guidance = request.guidance { try Self.check(guidance, of: request) }
    guard request.together <= owners.count else {
      let what = request.beams.count > 1 ? "A search of \(request.beams.count) beams" : "A text that is guided"
      throw CacheError(
        description: "\(what) needs room for \(request.together) sequences at a time, but there is room for "
          + "\(owners.count): ask for " + (request.beams.count > 1 ? "fewer beams, or for " : "") + "larger batches.")
    }
    let blocks = KeyValuePage.count(positions: request.positions(after: request.prompt.count))
    // Samples may come one after the other, beams may not.
    let beams = request.beams.count
    let guideBlocks = request.guidance.map { KeyValuePage.count(positions: request.positions(after: $0.prompt.count)) }
    let pages = blocks + (beams - 1) * (blocks - request.prompt.count / KeyValuePage.length) + (guideBlocks ?? 0)
    guard request.positions <= positionLimit, pages <= pool.count else {
      throw CacheError(
        description: "A prompt of \(request.prompt.count) tokens and \(request.newTokens.upperBound) new ones need "
          + "\(request.positions) positions in \(pages) pages of the key-value cache, but a sequence can have "
          + "\(positionLimit), and there are \(pool.count) pages: shorten the prompt, or ask for fewer new tokens.")
    }
    let inFlight = InFlightRequest(
      index: requestCount - 1, request, deviceEndOfText: endOfText, speculates: scratchSlots > 0)
    waiting = Waiting(request: inFlight, samples: 0..<request.continuations)
    allocate()
  }

  /// The next step; nil where nothing is left to compute before more is known.
  ///
  /// - Parameter proposals: The tokens to check, by slots of ``speculating``.
  mutating func plan(checking proposals: [Int: [Int32]] = [:]) -> Plan? {
    var plan = Plan()
    startGuided(&plan)
    planContinuations(checking: proposals, &plan)
    allocate()
    planPrompts(&plan)
    return plan.step.rows.isEmpty ? nil : plan
  }

  /// Whether nobody waits for a draw any more: its sequence has ended, or goes on otherwise than was presumed.
  func isVoid(_ draw: Plan.Draw) -> Bool {
    guard let owner = owners[draw.sequence.slot], owner.id == draw.sequence else { return true }
    return owner.count != draw.position || owner.tokens.suffix(draw.presumed.count) != draw.presumed[...]
  }

  /// Records the token of a draw, of which those of a plan come in their order; nil where the draw is void.
  mutating func commit(
    _ draw: Plan.Draw, _ result: SampledToken, top: [TokenLogProbability] = []
  ) -> GenerationEvent? {
    if isVoid(draw) { return nil }
    do throws(SamplingError) {
      let token = append(try result.checked(), top, for: draw)
      if token.finish != nil { end(draw.sequence) }
      return .token(token)
    } catch {
      end(draw.request)
      return .failed(request: draw.request.index, error: error)
    }
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
    if let guide = owner.guide { release(guide) }
  }

  /// The tokens before the next of a sequence that the host chooses for, where its draw is not void: prompt and
  /// continuation.
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
  private mutating func append(
    _ token: SampledToken, _ top: [TokenLogProbability], for draw: Plan.Draw
  ) -> GeneratedToken {
    let (inFlight, slot) = (draw.request, draw.sequence.slot)
    let request = inFlight.request
    let count = (owners[slot]?.count ?? 0) + 1
    owners[slot]?.count = count
    if let planned = owners[slot]?.planned, planned < count { owners[slot]?.planned = count }
    if inFlight.needsTokens { owners[slot]?.tokens.append(token.token) }
    let finish: FinishReason? =
      if !request.ignoresEndOfText, inFlight.endOfText.contains(token.token) {
        .eos
      } else if count >= request.newTokens.upperBound {
        .length
      } else if inFlight.isOverdue {
        .time
      } else {
        nil
      }
    return GeneratedToken(
      request: inFlight.index, sample: draw.sample, token: token.token, logProbability: token.logProbability, top: top,
      finish: finish)
  }

  /// Ends a request, whether it waits for slots, its prompt is being computed, or its sequences run.
  mutating func end(_ request: InFlightRequest) {
    request.hasEnded = true
    release(request)
  }

  /// Takes a request's slots and pages back.
  mutating func release(_ request: InFlightRequest) {
    for case let owner? in owners where owner.request === request { end(owner.id) }
    if let waiting, waiting.request === request {
      pool.release(waiting.prompt)
      self.waiting = nil
    }
    for group in prefilling where group.request === request {
      freeSlots += group.slots
      pool.release(group.pages.joined())
      if let guide = group.guide { release(guide) }
    }
    prefilling.removeAll { $0.request === request }
  }

  private mutating func release(_ guide: Guide) {
    pool.release(guide.pages)
    freeSlots.append(guide.slot)
  }

  /// Makes a sequence the owner of its slot.
  mutating func start(
    _ request: InFlightRequest, sample: Int, slot: Int, pages: [Int32], guide: Guide? = nil
  ) {
    owners[slot] = Sequence(
      id: SequenceID(slot: slot, serial: sequenceCount), request: request, sample: sample, pages: pages, guide: guide)
    sequenceCount += 1
    active.append(slot)
  }

  /// Sets the last tokens of a sequence that has so many.
  mutating func setTokens(_ tokens: some Collection<Int32>, count: Int, slot: Int) {
    owners[slot]?.tokens = Array(tokens)
    owners[slot]?.count = count
    owners[slot]?.planned = count
  }

  /// Counts a token as planned.
  ///
  /// - Parameter onDevice: Whether the device will know it as the slot's last sample.
  mutating func countPlanned(slot: Int, onDevice: Bool) {
    owners[slot]?.planned += 1
    owners[slot]?.deviceKnowsLast = onDevice
  }
}
