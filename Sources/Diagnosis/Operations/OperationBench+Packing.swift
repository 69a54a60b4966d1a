internal import Backend
internal import OpenCLBackend
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
}
