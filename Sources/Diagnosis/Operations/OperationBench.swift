internal import Backend
internal import Checkpoint

/// Computes made-up numbers on a backend, one operation at a time, and compares them with ``Reference``.
struct OperationBench<B: DiagnosableBackend> {
  let backend: B
  /// Slots of up to 1,088 positions, whose pages lie in no order.
  let slots: B.Slots

  static var slotCount: Int { 3 }
  private static var blocks: Int { 17 }
  /// The error allowed in a sum of some hundred fp32 products.
  static var tolerance: Double { 1e-5 }

  init(_ backend: B) throws {
    self.backend = backend
    slots = try backend.slots(
      count: Self.slotCount, length: Self.blocks * KeyValuePage.length, vocabularySize: 1, endOfText: [])
    let count = Self.slotCount * Self.blocks
    for slot in 0..<Self.slotCount {
      // 7 and 51 share no factor.
      let pages = (0..<Self.blocks).map { Int32((slot * Self.blocks + $0) * 7 % count) }
      try backend.setPages(pages, slot: slot, slots)
    }
  }

  var precision: Precision { backend.precision }

  /// Keys and values for the slots.
  func cache(heads: Int, headSize: Int) throws -> B.Cache {
    try backend.cache(pages: Self.slotCount * Self.blocks, heads: heads, headSize: headSize)
  }

  /// Rows on the device.
  func activations(_ rows: [[Double]]) throws -> B.Activations {
    let activations = try backend.activations(rows: rows.count, columns: rows[0].count)
    try backend.write(rows, to: activations)
    return activations
  }

  /// W (K, N) on the device.
  func matrix(
    _ weights: [[Double]], bias: [Double]? = nil, layout: MatrixLayout = .inputMajor, for use: MatrixUse = .layer
  ) throws -> B.Matrix {
    let matrix = try backend.matrix(
      .sample(layout == .inputMajor ? weights : transposed(weights)), layout: layout, bias: bias.map { .sample($0) },
      for: use)
    try backend.finishLoading()
    return matrix
  }

  func norm(gain: [Double], bias: [Double]) throws -> B.Norm {
    let norm = try backend.norm(gain: .sample(gain), bias: .sample(bias), epsilon: 1e-5)
    try backend.finishLoading()
    return norm
  }

  /// Begins a step of so many rows of one slot.
  func begin(rows: Int, wantsLogits: Step.Outputs = .all) throws -> B.Rows {
    var step = Step()
    step.append(Array(repeating: 0, count: rows), slot: 0, firstPosition: 0, wantsLogits: wantsLogits)
    return try backend.begin(step, slots)
  }
}
