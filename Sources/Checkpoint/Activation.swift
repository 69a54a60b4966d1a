/// The elementwise function between the two linear maps of a block's MLP.
///
/// Formulas from transformers 5.23 `activations.py` (`ACT2CLS`); spellings of one formula share a case. The two
/// names with trained parameters, `prelu` and `xielu`, have no weights in a GPT-2 checkpoint and are not known.
public enum Activation: String, Sendable, CaseIterable {
  /// 0.5 x (1 + tanh(√(2/π) (x + 0.044715 x³))): GPT-2's own.
  case geluTanh = "gelu_new"
  /// 0.5 x (1 + erf(x / √2)).
  case gelu = "gelu"
  /// ``gelu``, clipped to -10...10.
  case clippedGELU = "gelu_10"
  /// x · sigmoid(1.702 x).
  case quickGELU = "quick_gelu"
  /// max(x, 0).
  case relu = "relu"
  /// max(x, 0)².
  case squaredReLU = "relu2"
  /// min(max(x, 0), 6).
  case relu6 = "relu6"
  /// x where x > 0, else 0.01 x.
  case leakyReLU = "leaky_relu"
  /// x · sigmoid(x).
  case silu = "silu"
  /// x · min(max(x + 3, 0), 6) / 6.
  case hardSwish = "hardswish"
  /// x · tanh(log(1 + eˣ)).
  case mish = "mish"
  /// √(log(1 + eˣ)).
  case sqrtSoftplus = "sqrtsoftplus"
  /// 0.5 (1 + erf((x - 0.707107) / (0.282095 √2))).
  case laplace = "laplace"
  /// 1 / (1 + e⁻ˣ).
  case sigmoid = "sigmoid"
  /// tanh(x).
  case tanh = "tanh"
  /// x.
  case linear = "linear"

  /// Further spellings of the same formulas.
  private static let synonyms: [String: Activation] = [
    "gelu_fast": .geluTanh,  // √(2/π) rounded to ten digits
    "gelu_pytorch_tanh": .geluTanh,
    "gelu_python_tanh": .geluTanh,
    "gelu_accurate": .geluTanh,
    "gelu_python": .gelu,
    "swish": .silu,
  ]

  /// Every spelling a configuration may use, sorted.
  public static var spellings: [String] { (allCases.map(\.rawValue) + synonyms.keys).sorted() }

  /// The function that transformers gives this name, `nil` where it is not known.
  public init?(spelling: String) {
    guard let activation = Activation(rawValue: spelling) ?? Self.synonyms[spelling] else { return nil }
    self = activation
  }
}
