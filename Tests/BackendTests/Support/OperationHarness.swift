import Checkpoint
import OpenCL
import TestSupport
import Testing

@testable import Backend
@testable import CPUBackend
@testable import Diagnosis
@testable import OpenCLBackend

/// Brings numbers onto a backend and back, by operations of every backend alone.
///
/// Diagnosis has its `OperationBench`, which writes activations without a kernel, so as to blame the right one. Tests
/// also need room behind the rows, weights of every type that files have, more slots, and caches full of NaN.
struct OperationHarness<B: Backend> {
  let backend: B
  /// As many slots as any test uses, of as many positions.
  let slots: B.Slots
  private static var slotCount: Int { 8 }
  private let length: Int

  /// A harness whose slots' pages lie anywhere.
  init(_ backend: B, length: Int = 150) throws {
    self.backend = backend
    self.length = length
    slots = try backend.slots(
      count: Self.slotCount, length: length, vocabularySize: 1, endOfText: [])
    for slot in 0..<Self.slotCount { try backend.setPages(pages(of: slot), slot: slot, slots) }
  }

  /// The pages of a slot.
  func pages(of slot: Int) -> [Int32] {
    let blocks = KeyValuePage.count(positions: length)
    let count = Self.slotCount * blocks
    return (0..<blocks).map { Int32((slot * blocks + $0) * 7 % count) }  // 7 shares no factor with 24, nor with 72
  }

  /// Keys and values for the harness' slots, full of NaN.
  func cache(heads: Int, headSize: Int) throws -> B.Cache {
    let cache = try backend.cache(
      pages: Self.slotCount * KeyValuePage.count(positions: length), heads: heads, headSize: headSize)
    if let backend = backend as? OpenCLBackend, let cache = cache as? DeviceCache {
      for buffer in [cache.keys, cache.values] {
        try backend.queue.fill(buffer, with: Stored(bits: 0x7FFF))  // one number of fp16, or half of one of fp32
      }
    }
    if let cache = cache as? HostCache {
      for floats in [cache.keys, cache.values] { floats.pointer.update(repeating: .nan, count: floats.count) }
    }
    return cache
  }

  /// W (K, N), from a file that keeps it in the given layout and type.
  func matrix(
    _ weights: [[Double]], layout: MatrixLayout = .inputMajor, bias: [Double]? = nil, as type: ScalarType = .float32,
    for use: MatrixUse = .layer
  ) throws -> B.Matrix {
    let rows = layout == .inputMajor ? weights : transposed(weights)
    let matrix = try backend.matrix(
      TensorView("weight", rows: rows, as: type), layout: layout,
      bias: bias.map { TensorView("bias", $0, shape: [$0.count], as: type) }, for: use)
    try backend.finishLoading()
    return matrix
  }

  func norm(gain: [Double], bias: [Double], epsilon: Double = 1e-5) throws -> B.Norm {
    let norm = try backend.norm(
      gain: TensorView("gain", gain, shape: [gain.count]), bias: TensorView("bias", bias, shape: [bias.count]),
      epsilon: epsilon)
    try backend.finishLoading()
    return norm
  }

  /// Rows as activations: as many positions of a token that is zero, for positions are fp32 in any precision.
  func activations(_ rows: [[Double]], capacity: Int? = nil) throws -> B.Activations {
    let columns = rows[0].count
    let token = try backend.matrix(
      TensorView("tokens", rows: [Array(repeating: 0, count: columns)]), layout: .outputMajor, bias: nil,
      for: .embedding)
    let positions = try backend.table(TensorView("positions", rows: rows))
    try backend.finishLoading()
    let activations = try backend.activations(rows: capacity ?? rows.count, columns: columns)
    let stepRows = try begin(rows.indices.map { Step.Row(slot: 0, position: Int32($0), token: 0) })
    try backend.embed(token, positions, stepRows, into: activations)
    return activations
  }

  /// Begins a step of rows whose logits are all wanted.
  func begin(_ rows: [Step.Row]) throws -> B.Rows {
    var step = Step()
    for row in rows { step.append([row.token], slot: row.slot, firstPosition: Int(row.position)) }
    return try backend.begin(step, slots)
  }

  /// Begins a step of rows that only count.
  func begin(rows: Int) throws -> B.Rows {
    try begin((0..<rows).map { Step.Row(slot: 0, position: Int32($0), token: 0) })
  }
}

/// Expects numbers to be near the reference's, relative to those where they are above 1; says how many are not.
func expect(
  _ found: [Float], near expected: [[Double]], within tolerance: Double, _ what: @autoclosure () -> String,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  let expected = expected.flatMap(\.self)
  let wrong = zip(found, expected).enumerated().filter { _, pair in
    !(abs(Double(pair.0) - pair.1) <= tolerance * max(1, abs(pair.1)))
  }
  let first = wrong.first.map { "the first at \($0.offset): \($0.element.0) where \($0.element.1) is expected" } ?? ""
  #expect(found.count == expected.count, "\(what())", sourceLocation: sourceLocation)
  #expect(
    wrong.isEmpty, "\(what()): \(wrong.count) of \(found.count) are wrong, \(first)", sourceLocation: sourceLocation)
}

extension TestGenerator {
  /// A number of about the normal distribution that fp16 and bf16 hold exactly: eight significant bits.
  mutating func short() -> Double {
    let value = Double(normal())
    let unit = max(value.ulp * 0x1p45, 0x1p-14)  // 53 - 8 bits less
    return (value / unit).rounded() * unit
  }

  /// Such numbers.
  mutating func vector(_ count: Int, scale: Double = 1) -> [Double] { (0..<count).map { _ in short() * scale } }

  /// Such numbers; `scale` should be a power of two.
  mutating func rows(_ count: Int, _ columns: Int, scale: Double = 1) -> [[Double]] {
    (0..<count).map { _ in vector(columns, scale: scale) }
  }
}
