import Checkpoint
import Foundation
import OpenCL

@testable import Backend
@testable import Sampling

/// A backend without numbers: a row's logits follow from the tokens that its slot's cache holds up to the row's
/// position, and from nothing else.
///
/// A token at a wrong position, in a wrong slot, lost, doubled, or left over from another sequence gives other logits,
/// and a token that never came an error.
final class MockBackend: Backend {
  /// The outputs of a matrix.
  struct Matrix { let size: Int }
  struct Norm {}

  /// Room for rows; numbers where they are logits.
  final class Activations {
    let rows: Int
    let columns: Int
    var logits: [[Float]] = []
    init(rows: Int, columns: Int) { (self.rows, self.columns) = (rows, columns) }
  }

  /// The tokens whose keys and values a page holds. (pages, 64)
  final class Cache {
    var tokens: [[Int32?]]
    init(pages: Int) {
      tokens = Array(repeating: Array(repeating: nil, count: KeyValuePage.length), count: pages)
    }
  }

  final class Slots {
    var pages: [[Int32]]
    var lastSamples: [Int32?]
    var ended: [Bool]
    var seen: [TokenSet]
    let endOfText: [Int32]
    init(count: Int, vocabularySize: Int, endOfText: [Int32]) {
      pages = Array(repeating: [], count: count)
      ended = Array(repeating: false, count: count)
      lastSamples = Array(repeating: nil, count: count)
      seen = Array(repeating: TokenSet(vocabularySize: vocabularySize), count: count)
      self.endOfText = endOfText
    }
  }

  struct Samples: PendingSamples {
    let tokens: [SampledToken]
    let backend: MockBackend

    func wait() throws -> [SampledToken] {
      backend.events.append(.wait)
      return tokens
    }
  }

  /// What a correct caller does not do.
  struct Misuse: Error { let what: String }

  /// What happened on the device and what the host waited for, in order.
  enum Event { case step, wait }

  private(set) var events: [Event] = []
  /// Rows of each step.
  private(set) var stepSizes: [Int] = []
  /// Makes the logits of this step's first output not finite.
  var failingStep: Int?

  /// The most pages that there turns out to be memory for: when they are asked for, or at their first use.
  var realPages: (count: Int, refusesLate: Bool)?
  /// Called when a step begins, with its number.
  var onStep: ((Int) -> Void)?
  /// Makes this step fail, of all that were begun.
  var brokenStep: Int?

  private var step = Step()
  private var slots: Slots?
  private var cache: Cache?

  let deviceName = "mock"
  let precision = Precision.fp32
  let memoryBytes: Int? = nil

  func matrix(_ weights: TensorView, layout: MatrixLayout, bias: TensorView?) -> Matrix {
    Matrix(size: weights.shape[layout == .inputMajor ? 1 : 0])
  }
  func table(_ rows: TensorView) -> Matrix { Matrix(size: rows.shape[0]) }
  func norm(gain: TensorView, bias: TensorView, epsilon: Double) -> Norm { Norm() }
  func finishLoading() {}
  func keepCompiled() {}

  func activations(rows: Int, columns: Int) -> Activations { Activations(rows: rows, columns: columns) }
  var memoryLimits = MemoryLimits(total: 1 << 30, largestBuffer: 1 << 30)
  let preferredBatchSize = 64
  let maximumRows = Int.max
  func pageByteCount(heads: Int, headSize: Int) -> Int { KeyValuePage.length * heads * headSize }
  func cache(pages: Int, heads: Int, headSize: Int) throws -> Cache {
    if let realPages, !realPages.refusesLate, pages > realPages.count {
      throw OpenCLError(routine: "clCreateBuffer", status: .memoryObjectAllocationFailure)
    }
    return Cache(pages: pages)
  }
  func slots(count: Int, length: Int, vocabularySize: Int, endOfText: [Int32]) -> Slots {
    Slots(count: count, vocabularySize: vocabularySize, endOfText: endOfText)
  }
  func setPages(_ pages: [Int32], slot: Int, _ slots: Slots) { slots.pages[slot] = pages }

  func copy(_ cache: Cache, page: Int32, to pages: [Int32]) throws {
    guard !pages.contains(page) else { throw Misuse(what: "a page is copied to itself") }
    for target in pages { cache.tokens[Int(target)] = cache.tokens[Int(page)] }
  }

  func begin(_ step: Step, _ slots: Slots) throws {
    guard !step.rows.isEmpty else { throw Misuse(what: "a step without rows") }
    self.step = step
    self.slots = slots
    events.append(.step)
    stepSizes.append(step.rows.count)
    onStep?(stepSizes.count - 1)
  }

  func embed(_ tokens: Matrix, _ positions: Matrix, into x: Activations) throws {
    guard step.rows.count <= x.rows else {
      throw Misuse(what: "\(step.rows.count) rows where there is room for \(x.rows)")
    }
    guard step.rows.allSatisfy({ 0..<positions.size ~= Int($0.position) }) else {
      throw Misuse(what: "a position beyond the context")
    }
  }

  func narrow(_ x: Activations, into selected: Activations) throws {
    guard step.outputs.count <= selected.rows else {
      throw Misuse(what: "\(step.outputs.count) outputs where there is room for \(selected.rows)")
    }
  }

  func normalizedLinear(
    _ x: Activations, _ norm: Norm, _ matrix: Matrix, _ activation: Activation, scratch: Activations,
    into y: Activations
  ) {}
  func linear(_ x: Activations, _ matrix: Matrix, addingTo y: Activations) {}

  func attention(_ qkv: Activations, _ cache: Cache, scale: Float, into y: Activations) throws {
    self.cache = cache
    if let realPages, cache.tokens.count > realPages.count {
      throw OpenCLError(routine: "clEnqueueNDRangeKernel", status: .outOfResources)
    }
    if brokenStep == stepSizes.count - 1 {
      throw OpenCLError(routine: "clEnqueueNDRangeKernel", status: .outOfResources)
    }
    for row in step.rows {
      let slot = Int(row.slot)
      let token = row.token == Step.Row.lastSample ? slots?.lastSamples[slot] : row.token
      guard let token else { throw Misuse(what: "the last sample of slot \(slot), which has none") }
      let place = try place(slot, Int(row.position))
      cache.tokens[place.page][place.offset] = token
    }
  }

  /// Where a position's keys and values lie.
  private func place(_ slot: Int, _ position: Int) throws -> (page: Int, offset: Int) {
    let (block, offset) = position.quotientAndRemainder(dividingBy: KeyValuePage.length)
    guard let pages = slots?.pages[slot], pages.indices ~= block, let cache,
      cache.tokens.indices ~= Int(pages[block])
    else { throw Misuse(what: "slot \(slot), position \(position)") }
    return (Int(pages[block]), offset)
  }

  func head(_ x: Activations, _ norm: Norm, _ matrix: Matrix, scratch: Activations, into logits: Activations) throws {
    guard step.outputs.count <= min(logits.rows, scratch.rows), let cache else {
      throw Misuse(what: "\(step.outputs.count) outputs where there is room for \(logits.rows)")
    }
    logits.logits = try step.outputs.map { output in
      let row = step.rows[Int(output)]
      let history = try (0...Int(row.position)).compactMap { position in
        let place = try place(Int(row.slot), position)
        return cache.tokens[place.page][place.offset]
      }
      guard history.count == Int(row.position) + 1 else {
        throw Misuse(what: "slot \(row.slot) has \(history.count) tokens before position \(row.position)")
      }
      return Self.logits(after: history, vocabularySize: matrix.size)
    }
    if failingStep == stepSizes.count - 1 { logits.logits[0][1] = .nan }
  }

  func sample(_ logits: Activations, _ rows: [SamplingRow], _ slots: Slots) throws -> Samples {
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
    return Samples(tokens: tokens, backend: self)
  }

  struct Scores: PendingScores {
    let scores: [TokenScore]
    let backend: MockBackend

    func wait() throws -> [TokenScore] {
      backend.events.append(.wait)
      return scores
    }
  }

  func score(_ logits: Activations, targets: [Int32]) throws -> Scores {
    guard targets.count == logits.logits.count else {
      throw Misuse(what: "\(targets.count) targets of \(logits.logits.count) rows")
    }
    let scores = zip(logits.logits, targets).map { row, target in
      let largest = row.max() ?? 0
      return TokenScore(
        difference: largest - row[Int(target)], mass: row.reduce(0) { $0 + Float(exp(Double($1 - largest))) })
    }
    return Scores(scores: scores, backend: self)
  }

  func read(_ logits: Activations, count: Int) -> [Float] {
    events.append(.wait)
    return logits.logits.prefix(count).flatMap(\.self)
  }
  func setLastSample(_ token: Int32, slot: Int, _ slots: Slots) {
    slots.lastSamples[slot] = token
    slots.ended[slot] = false
  }
  func setSeen(_ tokens: TokenSet, slot: Int, _ slots: Slots) { slots.seen[slot] = tokens }

  /// The logits after a history: numbers by chance, with the whole history for their seed.
  static func logits(after history: [Int32], vocabularySize: Int) -> [Float] {
    let seed = history.reduce(0xCBF2_9CE4_8422_2325) { (hash: UInt64, token) in
      (hash ^ UInt64(UInt32(bitPattern: token))) &* 0x100_0000_01B3
    }
    var generator = TestGenerator(state: seed)
    return (0..<vocabularySize).map { _ in Float(generator.next() >> 40) * 0x1p-21 }
  }
}
