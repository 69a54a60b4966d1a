internal import Checkpoint
internal import System

/// GPT-2's operations as transformers' `modeling_gpt2.py` defines them, one row at a time, naively and in Double: what
/// every backend must come near to.
enum Reference {
  /// tokens[token] + positions[position].
  static func embedding(_ token: [Double], _ position: [Double]) -> [Double] {
    zip(token, position).map { $0 + $1 }
  }

  /// (x - mean) / √(variance + ε) · gain + bias; the variance is the mean of squared differences.
  static func layerNorm(_ x: [Double], gain: [Double], bias: [Double], epsilon: Double) -> [Double] {
    let count = Double(x.count)
    let mean = x.reduce(0, +) / count
    let variance = x.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / count
    let deviation = (variance + epsilon).squareRoot()
    return x.indices.map { (x[$0] - mean) / deviation * gain[$0] + bias[$0] }
  }

  /// x · W + b, with W (K, N).
  static func linear(_ x: [Double], _ weights: [[Double]], bias: [Double]? = nil) -> [Double] {
    var y = bias ?? Array(repeating: 0, count: weights.first?.count ?? 0)
    for (k, row) in weights.enumerated() {
      for n in row.indices { y[n] += x[k] * row[n] }
    }
    return y
  }

  /// The softmax of scale · q · kⱼ, applied to vⱼ, for one head of one row and all positions j that it sees.
  static func attention(_ query: [Double], _ keys: [[Double]], _ values: [[Double]], scale: Double) -> [Double] {
    let scores = keys.map { scale * dot(query, $0) }
    let largest = scores.max() ?? 0
    let powers = scores.map { exp($0 - largest) }
    let total = powers.reduce(0, +)
    var sum = Array(repeating: 0.0, count: query.count)
    for (power, value) in zip(powers, values) {
      for d in sum.indices { sum[d] += power / total * value[d] }
    }
    return sum
  }

  /// All heads of a row: the row's queries over the keys and values of its own and all earlier positions. (C each)
  static func attention(
    _ query: [Double], _ keys: [[Double]], _ values: [[Double]], heads: Int, scale: Double
  ) -> [Double] {
    let size = query.count / heads
    return (0..<heads).flatMap { head in
      let channels = head * size..<(head + 1) * size
      return attention(
        Array(query[channels]), keys.map { Array($0[channels]) }, values.map { Array($0[channels]) }, scale: scale)
    }
  }

  /// The natural logarithms of the softmax of logits.
  static func logProbabilities(_ logits: [Double]) -> [Double] {
    let largest = logits.max() ?? 0
    let total = logits.reduce(0) { $0 + exp($1 - largest) }
    return logits.map { $0 - largest - log(total) }
  }

  private static func dot(_ a: [Double], _ b: [Double]) -> Double {
    var sum = 0.0
    for index in a.indices { sum += a[index] * b[index] }
    return sum
  }
}

extension Activation {
  /// The function, by its formula in transformers' `activations.py`.
  package func reference(_ x: Double) -> Double {
    func softplus(_ x: Double) -> Double { max(x, 0) + log1p(exp(-abs(x))) }
    func sigmoid(_ x: Double) -> Double { 1 / (1 + exp(-x)) }
    func gelu(_ x: Double) -> Double { 0.5 * x * erfc(-x / 2.0.squareRoot()) }
    return switch self {
    case .geluTanh: x * sigmoid(2 * (2 / Double.pi).squareRoot() * (x + 0.044715 * x * x * x))
    case .gelu: gelu(x)
    case .clippedGELU: min(max(gelu(x), -10), 10)
    case .quickGELU: x * sigmoid(1.702 * x)
    case .relu: max(x, 0)
    case .squaredReLU: max(x, 0) * max(x, 0)
    case .relu6: min(max(x, 0), 6)
    case .leakyReLU: x > 0 ? x : 0.01 * x
    case .silu: x * sigmoid(x)
    case .hardSwish: x * min(max(x + 3, 0), 6) / 6
    case .mish: x * Glibc.tanh(softplus(x))
    case .sqrtSoftplus: softplus(x).squareRoot()
    case .laplace: 0.5 * (1 + erf((x - 0.707107) / (0.282095 * 2.0.squareRoot())))
    case .sigmoid: sigmoid(x)
    case .tanh: Glibc.tanh(x)
    case .linear: x
    }
  }
}
