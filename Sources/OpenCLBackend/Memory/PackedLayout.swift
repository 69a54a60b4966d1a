package import Backend
internal import Checkpoint
internal import Kernels

/// How the kernels lay out weights of a precision, and the type they multiply them with: the sizes that pack.cl,
/// quantize.cl and linear*.cl agree on.
package struct PackedLayout: Hashable {
  package let precision: Precision
  package let operandType: OperandType

  /// The type that weights are multiplied with: the kernels' OPERAND_TYPE.
  package enum OperandType {
    /// Activations as they are, or, where weights are bf16, rounded to that.
    case fp32
    /// Pairs of bf16.
    case pairs
    /// Quads of int8.
    case quads

    var code: StoredType {
      switch self {
      case .fp32: .f32
      case .pairs: .bf16
      case .quads: .int8
      }
    }
  }

  init(_ precision: Precision, _ operandType: OperandType) {
    self.precision = precision
    self.operandType = operandType
  }

  /// Columns of a panel, which rows of activations are filled up to.
  package static let panelWidth = KernelSize.panel
  /// Activations of a row that are rounded together, and weights of a column that share a scale in int8.
  package static let group = KernelSize.group
  /// Weights of a group that share a multiple of its scale in int4.
  package static let span = KernelSize.span

  /// The kernels' name of the type of a stored weight.
  var weightType: StoredType {
    switch precision {
    case .fp32: .f32
    case .fp16: .f16
    case .bf16: .bf16
    case .int8: .int8
    case .int4: .int4
    }
  }

  /// Values of k that a work-item packs.
  var block: Int { hasIntegers ? Self.group : 16 }

  /// Whether weights are integers, in groups that share scales.
  var hasIntegers: Bool { precision == .int8 || precision == .int4 }

  /// Bytes of a weight as the kernels of the simd family address them: those of a word together.
  var weightByteCount: Int { precision == .fp16 ? 2 : 4 }

  /// Bytes of a panel of K weights a column.
  func panelByteCount(_ k: Int) -> Int {
    switch precision {
    case .fp32: k * Self.panelWidth * 4
    case .fp16: k * Self.panelWidth * 2
    case .bf16: roundUp(k, to: 2) * Self.panelWidth * 2
    case .int8: roundUp(k, to: Self.group) / Self.group * Self.panelWidth * (Self.group + MemoryLayout<Float>.size)
    case .int4:
      roundUp(k, to: Self.group) / Self.group * Self.panelWidth
        * (Self.group / 2 + MemoryLayout<Float>.size + Self.group / Self.span)
    }
  }

  /// Bytes of a packed matrix (K, N).
  func byteCount(k: Int, n: Int) -> Int { Self.panels(n) * panelByteCount(k) }

  /// Words of 32 bits that a quantized row of K activations takes; nil where activations are multiplied as they are.
  func quantizedStride(_ k: Int) -> Int? {
    guard quantizesRows else { return nil }
    let filled = roundUp(k, to: Self.group)
    return switch operandType {
    case .fp32: filled + 16  // as DeviceActivations.stride
    case .pairs: filled / 2 + 16
    case .quads: filled / Self.group * (2 + Self.group / 4 + (precision == .int4 ? Self.group / Self.span : 0))
    }
  }

  /// Columns in 16 bytes of weights, as the simt family's products load them.
  var vectorWidth: Int { precision == .fp16 ? 8 : 4 }

  /// Whether activations are quantized before they are multiplied.
  package var quantizesRows: Bool { precision == .bf16 || hasIntegers }

  /// ceil(N/32).
  static func panels(_ n: Int) -> Int { roundUp(n, to: panelWidth) / panelWidth }

  /// The options of kernels that read weights or quantize rows.
  var definitions: [(name: String, value: String)] {
    [("WEIGHT_TYPE", "\(weightType.rawValue)")]
      + (quantizesRows ? [("OPERAND_TYPE", "\(operandType.code.rawValue)")] : [])
  }
}

/// Rounds up to a multiple.
package func roundUp(_ value: Int, to multiple: Int) -> Int { (value + multiple - 1) / multiple * multiple }
