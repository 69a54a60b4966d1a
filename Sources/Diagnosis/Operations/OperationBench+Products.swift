internal import Backend
internal import Checkpoint

extension OperationBench {
  /// The heights of products: those that each kernel of a family is made for, and more than one tile of the tallest.
  private static var heights: [Int] { [1, 2, 3, 4, 5, 6, 8, 10, 12, 13] }
  /// K and N: one, vectors of 16, panels of 32, groups of 128 and one over; then GPT-2's.
  private var shapes: [(k: Int, n: Int, heights: [Int])] {
    let tall = [backend.tallStep].compactMap(\.self)
    return [
      (1, 1, [1, 13]), (17, 33, Self.heights), (129, 65, [1, 4, 13] + tall), (300, 31, [2, 5]),
      (3072, 33, [1, 8, 13] + tall),
    ]
  }

  /// y += x · W + b, of so many rows.
  func products(_ rows: ClosedRange<Int> = 1...Int.max) throws -> NumberComparison {
    var comparison = NumberComparison()
    for (k, n, heights) in shapes where heights.contains(where: rows.contains) {
      var numbers = SampleNumbers(seed: 1000 * k + n)
      let (x, bias) = (numbers.rows(max(13, heights.max() ?? 0), k), numbers.vector(n))
      let weights = numbers.rows(k, n, scale: k > 64 ? 0x1p-4 : 0x1p-1)
      let stored = precision.stored(weights)
      let sums = x.map { Reference.linear(precision.quantized($0), stored, bias: bias) }
      let (matrix, input) = (try matrix(weights, bias: bias), try activations(x))
      for height in heights where rows.contains(height) {
        let before = numbers.rows(height, n)
        let y = try activations(before)
        let stepRows = try begin(rows: height)
        try backend.linear(input, matrix, stepRows, addingTo: y)
        comparison.compare(
          try backend.read(y, count: height), with: zip(before, sums).map { zip($0, $1).map(+) },
          within: k > 1000 ? 4 * Self.tolerance : Self.tolerance, "\(height) rows, K \(k), N \(n)")
      }
    }
    return comparison
  }

  /// y = activation(norm(x) · W + b), and the head's rows, which lie apart: of them, so many.
  func normalizedProducts(_ outputs: ClosedRange<Int> = 1...Int.max) throws -> NumberComparison {
    var comparison = NumberComparison()
    let tolerance = 2 * Self.tolerance + precision.roundingTolerance
    for (rows, c, n) in [(1, 48, 64), (7, 140, 33), (27, 140, 33)] where outputs.contains((rows + 2) / 3) {
      var numbers = SampleNumbers(seed: c)
      let (x, w, b) = (numbers.rows(rows, c), numbers.rows(c, n, scale: 0x1p-3), numbers.vector(n))
      let (gain, bias) = (numbers.vector(c), numbers.vector(c))
      let stored = precision.stored(w)
      let inputs = x.map { precision.quantized(Reference.layerNorm($0, gain: gain, bias: bias, epsilon: 1e-5)) }
      let (input, norm, matrix) = (
        try activations(x), try norm(gain: gain, bias: bias), try matrix(w, bias: b, layout: .outputMajor)
      )
      let y = try backend.activations(rows: rows, columns: n)
      let stepRows = try begin(rows: rows)
      try backend.normalizedLinear(input, norm, matrix, .geluTanh, stepRows, into: y)
      comparison.compare(
        try backend.read(y, count: rows),
        with: inputs.map { Reference.linear($0, stored, bias: b).map(Activation.geluTanh.reference) },
        within: tolerance,
        "\(rows) rows, K \(c), N \(n), with GELU")
      var step = Step()
      for position in 0..<rows {
        step.append([0], slot: 0, firstPosition: position, wantsLogits: position % 3 == 0 ? .last : .none)
      }
      let selected = try backend.activations(rows: rows, columns: c)
      let outputs = try backend.begin(step, slots).outputs
      try backend.select(outputs, of: input, into: selected)
      try backend.head(selected, norm, self.matrix(w, layout: .outputMajor, for: .embedding), outputs, into: y)
      comparison.compare(
        try backend.read(y, count: step.outputs.count),
        with: step.outputs.map { Reference.linear(inputs[Int($0)], precision.ofEmbeddings.stored(w)) },
        within: tolerance,
        "\(rows) rows, K \(c), N \(n), every third row")
    }
    return comparison
  }

  /// Every activation there is, behind a product that changes nothing.
  func activationFunctions() throws -> NumberComparison {
    var comparison = NumberComparison()
    let inputs = stride(from: -12, through: 12, by: 0.375).map(\.self) + [30, -30, 300, -300, 10_000, -10_000]
    let x = try activations([[2]])
    let norm = try norm(gain: [1], bias: [0])
    let matrix = try matrix([Array(repeating: 1, count: inputs.count)], bias: inputs)
    let y = try backend.activations(rows: 1, columns: inputs.count)
    for activation in Activation.allCases {
      let stepRows = try begin(rows: 1)
      try backend.normalizedLinear(x, norm, matrix, activation, stepRows, into: y)
      comparison.compare(
        try backend.read(y, count: 1), with: [inputs.map(activation.reference)], within: Self.tolerance,
        activation.rawValue)
    }
    return comparison
  }
}
