internal import Checkpoint
internal import System

extension Activation {
  /// Applies the function to each number; formulas are at the cases.
  func apply(to numbers: UnsafeMutableBufferPointer<Float>) {
    switch self {
    case .linear: break
    case .geluTanh:  // 0.5 x (1 + tanh u) = x sigmoid(2u)
      numbers.applyVectors { x in x * .sigmoid(1.595_769_1 * x * (0.044_715 * x * x + 1)) }
    case .quickGELU: numbers.applyVectors { x in x * .sigmoid(1.702 * x) }
    case .silu: numbers.applyVectors { x in x * .sigmoid(x) }
    case .sigmoid: numbers.applyVectors { x in .sigmoid(x) }
    case .relu: numbers.applyVectors { x in x.replacing(with: 0, where: x .< 0) }
    default:
      let function = scalarFunction
      for index in numbers.indices { numbers[index] = function(numbers[index]) }
    }
  }

  /// The function of one number: the rarer ones, by the C library.
  var scalarFunction: (Float) -> Float {
    func gelu(_ x: Float) -> Float { 0.5 * x * (1 + erff(x * 0.707_106_77)) }
    func softplus(_ x: Float) -> Float { max(x, 0) + log1pf(expf(-abs(x))) }
    func sigmoid(_ x: Float) -> Float { 1 / (1 + expf(-x)) }
    return switch self {
    case .linear: { $0 }
    case .geluTanh: { $0 * sigmoid(1.595_769_1 * $0 * (0.044_715 * $0 * $0 + 1)) }
    case .quickGELU: { $0 * sigmoid(1.702 * $0) }
    case .silu: { $0 * sigmoid($0) }
    case .sigmoid: sigmoid
    case .gelu: gelu
    case .clippedGELU: { min(max(gelu($0), -10), 10) }
    case .relu: { max($0, 0) }
    case .squaredReLU: { max($0, 0) * max($0, 0) }
    case .relu6: { min(max($0, 0), 6) }
    case .leakyReLU: { max($0, 0.01 * $0) }
    case .hardSwish: { $0 * min(max($0 + 3, 0), 6) / 6 }
    case .mish: { $0 * tanhf(softplus($0)) }
    case .sqrtSoftplus: { softplus($0).squareRoot() }
    case .laplace: { 0.5 * (1 + erff(($0 - 0.707_107) / 0.398_942_06)) }
    case .tanh: tanhf
    }
  }
}

extension UnsafeMutableBufferPointer<Float> {
  /// Applies a function of vectors; the last, unfinished vector is filled up with zeros.
  @inline(__always)
  fileprivate func applyVectors(_ function: (Vector) -> Vector) {
    let whole = count / Vector.scalarCount * Vector.scalarCount
    let bytes = UnsafeMutableRawBufferPointer(self)  // rows are aligned to four bytes only
    for index in stride(from: 0, to: whole, by: Vector.scalarCount) {
      let offset = index * MemoryLayout<Float>.stride
      bytes.storeBytes(
        of: function(bytes.loadUnaligned(fromByteOffset: offset, as: Vector.self)), toByteOffset: offset,
        as: Vector.self)
    }
    guard whole < count else { return }
    var rest = Vector()
    for index in whole..<count { rest[index - whole] = self[index] }
    rest = function(rest)
    for index in whole..<count { self[index] = rest[index - whole] }
  }
}
