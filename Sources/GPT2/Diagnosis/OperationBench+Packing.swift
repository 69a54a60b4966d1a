internal import Checkpoint
internal import OpenCL

extension OperationBench<OpenCLBackend> {
  /// Weights of every type and layout of a file, packed.
  func packing() throws -> NumberComparison {
    var comparison = NumberComparison()
    for type in [ScalarType.float32, .float16, .bfloat16] {
      for (k, n) in [(17, 33), (130, 34)] {
        var numbers = SampleNumbers(seed: k)
        let weights = numbers.rows(k, n)
        for layout in [MatrixLayout.inputMajor, .outputMajor] {
          let tensor = TensorView.sample(layout == .inputMajor ? weights : transposed(weights), as: type)
          let matrix = try backend.matrix(tensor, layout: layout, bias: nil)
          try backend.finishLoading()
          let packed = PackedNumbers(layout: backend.layout, words: try backend.queue.read(matrix.weights))
          let found = (0..<k * n).map { Float(packed.weight($0 / n, $0 % n, of: k)) }
          comparison.compare(
            found, with: precision.stored(weights), within: 1e-6, "\(type), \(layout), K \(k), N \(n)")
        }
      }
    }
    return comparison
  }

  /// Rows of activations as operands.
  func operands() throws -> NumberComparison {
    var comparison = NumberComparison()
    for k in [1, 17, 129, 768] {
      guard let stride = backend.layout.operandStride(k) else { continue }
      var numbers = SampleNumbers(seed: k)
      let rows = numbers.rows(3, k)
      let operand = try backend.quantize(activations(rows), k: k, stride: stride, rows: rows.count)
      try compare(operand, k, stride, with: rows, &comparison)
    }
    return comparison
  }

  /// The operands that a layer norm makes beside its rows, where it does.
  func normalizedOperands() throws -> NumberComparison {
    var comparison = NumberComparison()
    for channels in [17, 768] {
      guard let stride = backend.layout.operandStride(channels) else { continue }
      var numbers = SampleNumbers(seed: channels)
      let (gain, bias) = (numbers.vector(channels), numbers.vector(channels))
      let x = try activations(numbers.rows(3, channels))
      let y = try backend.activations(rows: 3, columns: channels)
      try begin(rows: 3)
      guard let operand = try backend.layerNorm(x, norm(gain: gain, bias: bias), of: .allRows, into: y) else { break }
      let normalized = try backend.read(y, count: 3).map(Double.init)
      let rows = (0..<3).map { Array(normalized[$0 * channels..<($0 + 1) * channels]) }
      try compare(operand, channels, stride, with: rows, &comparison)
    }
    return comparison
  }

  private func compare(
    _ operand: Buffer<UInt32>, _ k: Int, _ stride: Int, with rows: [[Double]], _ comparison: inout NumberComparison
  ) throws {
    let words = try backend.queue.read(operand, count: rows.count * stride).flatMap {
      [Stored(bits: UInt16(truncatingIfNeeded: $0)), Stored(bits: UInt16(truncatingIfNeeded: $0 >> 16))]
    }
    let packed = PackedNumbers(layout: backend.layout, words: words)
    for (index, row) in rows.enumerated() {
      comparison.compare(
        (0..<k).map { Float(packed.operand($0, of: k, at: index * stride)) }, with: [precision.operand(row)],
        within: 1e-6, "row \(index) of \(k) as operand")
      if let wrong = packed.wrongOffset(of: k, at: index * stride) {
        comparison.note("the offset \(wrong.found)", where: "\(wrong.right)", "row \(index) of \(k) as operand")
      }
    }
  }
}
