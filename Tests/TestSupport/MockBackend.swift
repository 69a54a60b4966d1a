package import Backend
package import Checkpoint
internal import Foundation
internal import OpenCL
package import Sampling

/// A backend without numbers: a row's logits follow from the tokens that its slot's cache holds up to the row's
/// position, and from nothing else.
///
/// A token at a wrong position, in a wrong slot, lost, doubled, or left over from another sequence gives other logits,
/// and a token that never came an error.
package final class MockBackend: Backend {
  /// The outputs of a matrix.
  package struct Matrix { package let size: Int }
  package struct Norm {}

  /// Room for rows; numbers where they are logits.
  package final class Activations {
    package let rows: Int
    package let columns: Int
    package var logits: [[Float]] = []
    package init(rows: Int, columns: Int) { (self.rows, self.columns) = (rows, columns) }
  }

  /// The tokens whose keys and values a page holds. (pages, 64)
  package final class Cache {
    package var tokens: [[Int32?]]
    package init(pages: Int) {
      tokens = Array(repeating: Array(repeating: nil, count: KeyValuePage.length), count: pages)
    }
  }

  package final class Slots {
    package var pages: [[Int32]]
    package var lastSamples: [Int32?]
    package var ended: [Bool]
    package var seen: [TokenSet]
    package let endOfText: [Int32]
    package init(count: Int, vocabularySize: Int, endOfText: [Int32]) {
      pages = Array(repeating: [], count: count)
      ended = Array(repeating: false, count: count)
      lastSamples = Array(repeating: nil, count: count)
      seen = Array(repeating: TokenSet(vocabularySize: vocabularySize), count: count)
      self.endOfText = endOfText
    }
  }

  /// A mistake of the caller.
  package struct Misuse: Error { package let what: String }

  /// Events of the device and waits of the host, in order.
  package enum Event { case step, wait }

  package private(set) var events: [Event] = []
  /// Rows of each step.
  package private(set) var stepSizes: [Int] = []
  /// Makes the logits of this step's first output not finite.
  package var failingStep: Int?

  /// The most pages that there turns out to be memory for: when they are asked for, or at their first use.
  package var realPages: (count: Int, refusesLate: Bool)?
  /// Called when a step begins, with its number.
  package var onStep: ((Int) -> Void)?
  /// Makes this step fail, of all that were begun.
  package var brokenStep: Int?

  /// The rows of a step, and whether only those are computed whose logits are wanted.
  package struct Rows: StepRowSelection {
    let step: Step
    let slots: Slots
    var areOutputs = false

    package var count: Int { areOutputs ? step.outputs.count : step.rows.count }
    package var outputs: Rows { Rows(step: step, slots: slots, areOutputs: true) }
  }

  private var cache: Cache?

  package init() {}

  package let deviceName = "mock"
  package let precision = Precision.fp32
  package let memoryBytes: Int? = nil

  package func matrix(_ weights: TensorView, layout: MatrixLayout, bias: TensorView?, for use: MatrixUse) -> Matrix {
    Matrix(size: weights.shape[layout == .inputMajor ? 1 : 0])
  }
  package func table(_ rows: TensorView) -> Matrix { Matrix(size: rows.shape[0]) }
  package func norm(gain: TensorView, bias: TensorView, epsilon: Double) -> Norm { Norm() }
  package func finishLoading() {}
  package func keepCompiled() {}

  package func activations(rows: Int, columns: Int, for use: ActivationUse) -> Activations {
    Activations(rows: rows, columns: columns)
  }
  package var limits = BackendLimits(memory: 1 << 30, largestBuffer: 1 << 30, rows: .max, preferredBatchSize: 64)
  package func pageByteCount(heads: Int, headSize: Int) -> Int { KeyValuePage.length * heads * headSize }
  package func cache(pages: Int, heads: Int, headSize: Int) throws -> Cache {
    if let realPages, !realPages.refusesLate, pages > realPages.count {
      throw OpenCLError(routine: "clCreateBuffer", status: .memoryObjectAllocationFailure)
    }
    return Cache(pages: pages)
  }
  package func slots(count: Int, length: Int, vocabularySize: Int, endOfText: [Int32]) -> Slots {
    Slots(count: count, vocabularySize: vocabularySize, endOfText: endOfText)
  }
  package func setPages(_ pages: [Int32], slot: Int, _ slots: Slots) { slots.pages[slot] = pages }

  package func copy(_ cache: Cache, page: Int32, to pages: [Int32]) throws {
    guard !pages.contains(page) else { throw Misuse(what: "a page is copied to itself") }
    for target in pages { cache.tokens[Int(target)] = cache.tokens[Int(page)] }
  }

  package func begin(_ step: Step, _ slots: Slots) throws -> Rows {
    guard !step.rows.isEmpty else { throw Misuse(what: "a step without rows") }
    events.append(.step)
    stepSizes.append(step.rows.count)
    onStep?(stepSizes.count - 1)
    return Rows(step: step, slots: slots)
  }

  package func embed(_ tokens: Matrix, _ positions: Matrix, _ rows: Rows, into x: Activations) throws {
    let step = rows.step
    guard step.rows.count <= x.rows else {
      throw Misuse(what: "\(step.rows.count) rows where there is room for \(x.rows)")
    }
    guard step.rows.allSatisfy({ 0..<positions.size ~= Int($0.position) }) else {
      throw Misuse(what: "a position beyond the context")
    }
  }

  package func select(_ outputs: Rows, of x: Activations, into selected: Activations) throws {
    guard outputs.areOutputs, outputs.count <= selected.rows else {
      throw Misuse(what: "\(outputs.count) outputs where there is room for \(selected.rows)")
    }
  }

  package func normalizedLinear(
    _ x: Activations, _ norm: Norm, _ matrix: Matrix, _ activation: Activation, _ rows: Rows, into y: Activations
  ) {}
  package func linear(_ x: Activations, _ matrix: Matrix, _ rows: Rows, addingTo y: Activations) {}

  package func attention(_ qkv: Activations, _ cache: Cache, scale: Float, _ rows: Rows, into y: Activations) throws {
    self.cache = cache
    if let realPages, cache.tokens.count > realPages.count {
      throw OpenCLError(routine: "clEnqueueNDRangeKernel", status: .outOfResources)
    }
    if brokenStep == stepSizes.count - 1 {
      throw OpenCLError(routine: "clEnqueueNDRangeKernel", status: .outOfResources)
    }
    for row in rows.step.rows {
      let slot = Int(row.slot)
      let token = row.token == Step.Row.lastSample ? rows.slots.lastSamples[slot] : row.token
      guard let token else { throw Misuse(what: "the last sample of slot \(slot), which has none") }
      let place = try place(slot, Int(row.position), rows.slots)
      cache.tokens[place.page][place.offset] = token
    }
  }

  /// Where a position's keys and values lie.
  private func place(_ slot: Int, _ position: Int, _ slots: Slots) throws -> (page: Int, offset: Int) {
    let (block, offset) = position.quotientAndRemainder(dividingBy: KeyValuePage.length)
    let pages = slots.pages[slot]
    guard pages.indices ~= block, let cache,
      cache.tokens.indices ~= Int(pages[block])
    else { throw Misuse(what: "slot \(slot), position \(position)") }
    return (Int(pages[block]), offset)
  }

  package func head(
    _ x: Activations, _ norm: Norm, _ matrix: Matrix, _ rows: Rows, into logits: Activations
  ) throws {
    let step = rows.step
    guard rows.areOutputs, rows.count <= logits.rows, let cache else {
      throw Misuse(what: "\(rows.count) outputs where there is room for \(logits.rows)")
    }
    logits.logits = try step.outputs.map { output in
      let row = step.rows[Int(output)]
      let history = try (0...Int(row.position)).compactMap { position in
        let place = try place(Int(row.slot), position, rows.slots)
        return cache.tokens[place.page][place.offset]
      }
      guard history.count == Int(row.position) + 1 else {
        throw Misuse(what: "slot \(row.slot) has \(history.count) tokens before position \(row.position)")
      }
      return Self.logits(after: history, vocabularySize: matrix.size)
    }
    if failingStep == stepSizes.count - 1 { logits.logits[0][1] = .nan }
  }

  package func sample(_ logits: Activations, _ rows: [SamplingRow], _ slots: Slots) throws -> Pending<[SampledToken]> {
    guard Set(rows.map(\.slot)).count == rows.count else { throw Misuse(what: "a slot samples twice") }
    var sampler = HostSampler()
    let tokens = rows.map { row in
      let slot = Int(row.slot)
      guard !slots.ended[slot] || row.flags.contains(.starts) else {
        return SampledToken(token: SampledToken.ended, difference: 0, rawMass: 0)
      }
      // A device cannot throw: it says so in the result.
      let result = logits.logits[Int(row.logitsRow)].withUnsafeBufferPointer { logits in
        sampler.result(logits, row: row, seen: slots.seen[slot], endOfText: slots.endOfText)
      }
      slots.lastSamples[slot] = max(result.token, 0)
      slots.seen[slot].insert(result.token)
      slots.ended[slot] = result.token < 0 || row.flags.contains(.ends) && slots.endOfText.contains(result.token)
      return result
    }
    return Pending { [self] in
      events.append(.wait)
      return tokens
    }
  }

  package func score(_ logits: Activations, _ rows: [ScoreRow], top: Int) throws -> Pending<[TokenScore]> {
    guard rows.allSatisfy({ logits.logits.indices ~= Int($0.logitsRow) }), top <= TokenScore.mostTop else {
      throw Misuse(what: "rows of \(logits.logits.count), or \(top) tokens")
    }
    let scores = rows.map { row in
      logits.logits[Int(row.logitsRow)].withUnsafeBufferPointer { TokenScore($0, target: row.target, top: top) }
    }
    return Pending { [self] in
      events.append(.wait)
      return scores
    }
  }

  package func read(_ logits: Activations, rows: [Int]) -> Pending<[Float]> {
    let values = rows.flatMap { logits.logits[$0] }
    return Pending { [self] in
      events.append(.wait)
      return values
    }
  }
  package func setLastSamples(_ samples: [(slot: Int, token: Int32)], _ slots: Slots) {
    for (slot, token) in samples {
      slots.lastSamples[slot] = token
      slots.ended[slot] = false
    }
  }
  package func setSeen(_ tokens: TokenSet, slot: Int, _ slots: Slots) { slots.seen[slot] = tokens }

  /// The logits after a history: random numbers, with the whole history for their seed.
  package static func logits(after history: [Int32], vocabularySize: Int) -> [Float] {
    let seed = history.reduce(0xCBF2_9CE4_8422_2325) { (hash: UInt64, token) in
      (hash ^ UInt64(UInt32(bitPattern: token))) &* 0x100_0000_01B3
    }
    var generator = TestGenerator(state: seed)
    return (0..<vocabularySize).map { _ in Float(generator.next() >> 40) * 0x1p-21 }
  }
}
