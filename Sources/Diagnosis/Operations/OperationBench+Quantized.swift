internal import Backend
internal import OpenCLBackend
internal import Checkpoint
internal import OpenCL

/// Rows quantized for products with bf16 and int8 weights, by each kernel that does so.
extension OperationBench<OpenCLBackend> {
  /// Rows of activations.
  func quantizedRows() throws -> NumberComparison {
    var comparison = NumberComparison()
    for k in [1, 17, 129, 768] {
      var numbers = SampleNumbers(seed: k)
      let rows = numbers.rows(3, k)
      let quantized = try backend.quantize(activations(rows), rows: rows.count)
      try compare(quantized, with: rows, &comparison)
    }
    return comparison
  }

  /// Rows of a layer norm.
  func quantizedNorms() throws -> NumberComparison {
    var comparison = NumberComparison()
    for channels in [128, 768] {
      var numbers = SampleNumbers(seed: channels)
      let norm = try norm(gain: numbers.vector(channels), bias: numbers.vector(channels))
      let x = try activations(numbers.rows(3, channels))
      guard let quantized = try backend.quantizedRoom(rows: 3, columns: channels) else { continue }
      try compare(quantized, columns: channels, &comparison) { y in
        try backend.layerNorm(x, norm, rows: 3, into: y)
      }
    }
    return comparison
  }

  /// Rows of an activation behind a product.
  func quantizedProducts() throws -> NumberComparison {
    var comparison = NumberComparison()
    let (k, n) = (48, 256)
    var numbers = SampleNumbers(seed: n)
    let (x, w, b) = (numbers.rows(3, k), numbers.rows(k, n, scale: 0x1p-3), numbers.vector(n))
    let (input, matrix) = (try activations(x), try matrix(w, bias: b))
    let norm = try norm(gain: numbers.vector(k), bias: numbers.vector(k))
    try compare(backend.activations(rows: 3, columns: n, for: .products), columns: n, &comparison) { y in
      let stepRows = try begin(rows: 3)
      try backend.normalizedLinear(input, norm, matrix, .geluTanh, stepRows, into: y)
    }
    return comparison
  }

  /// Rows of attention, by a kernel that puts the rows' keys and values into the cache too, before another does.
  func quantizedAttention() throws -> NumberComparison {
    var comparison = NumberComparison()
    let (heads, size) = (4, 64)
    let cache = try cache(heads: heads, headSize: size)
    var numbers = SampleNumbers(seed: size)
    let qkv = try activations(numbers.rows(3, 3 * heads * size))
    let channels = heads * size
    try compare(backend.activations(rows: 3, columns: channels, for: .products), columns: channels, &comparison) { y in
      var step = Step()
      let token = y.isQuantized ? Step.Row.lastSample : 0
      for slot in 0..<3 { step.append([token], slot: Int32(slot), firstPosition: 0) }
      let stepRows = try backend.begin(step, slots)
      try backend.attention(qkv, cache, scale: 0.125, stepRows, into: y)
    }
    return comparison
  }

  /// Compares three rows that `body` leaves quantized with those that it leaves in fp32.
  private func compare(
    _ quantized: DeviceActivations, columns: Int, _ comparison: inout NumberComparison,
    _ body: (DeviceActivations) throws -> Void
  ) throws {
    let y = try backend.activations(rows: 3, columns: columns)
    try body(quantized)
    try body(y)
    let values = try backend.read(y, count: 3).map(Double.init)
    try compare(quantized, with: (0..<3).map { Array(values[$0 * columns..<($0 + 1) * columns]) }, &comparison)
  }

  private func compare(
    _ quantized: DeviceActivations, with rows: [[Double]], _ comparison: inout NumberComparison
  ) throws {
    let (k, stride) = (quantized.columns, quantized.stride)
    let words = try backend.queue.read(quantized.quantized, count: rows.count * stride).flatMap {
      [Stored(bits: UInt16(truncatingIfNeeded: $0)), Stored(bits: UInt16(truncatingIfNeeded: $0 >> 16))]
    }
    let packed = PackedNumbers(layout: backend.layout, words: words)
    for (index, row) in rows.enumerated() {
      comparison.compare(
        (0..<k).map { Float(packed.quantized($0, of: k, at: index * stride)) }, with: [precision.quantized(row)],
        within: 1e-6, "row \(index) of \(k) as operand")
      if let wrong = packed.wrongOffset(of: k, at: index * stride) {
        comparison.note("the offset \(wrong.found)", where: "\(wrong.right)", "row \(index) of \(k) as operand")
      }
    }
  }
}
