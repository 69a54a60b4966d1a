package import Checkpoint
internal import Kernels
internal import OpenCL

extension OpenCLBackend {
  /// y = activation(norm(x) · W + b).
  package func normalizedLinear(
    _ x: DeviceActivations, _ norm: DeviceNorm, _ matrix: DeviceMatrix, _ activation: Activation,
    scratch: DeviceActivations, into y: DeviceActivations
  ) throws {
    try product(
      x, norm, matrix, activation == .linear ? .none : .activation, activation, scratch: scratch, into: y)
  }

  /// y += x · W + b.
  package func linear(_ x: DeviceActivations, _ matrix: DeviceMatrix, addingTo y: DeviceActivations) throws {
    try product(x, nil, matrix, .residual, activation, scratch: x, into: y)
  }

  /// Logits of the rows.
  package func head(
    _ x: DeviceActivations, _ norm: DeviceNorm, _ matrix: DeviceMatrix, scratch: DeviceActivations,
    into logits: DeviceActivations
  ) throws {
    try product(x, norm, matrix, .none, activation, scratch: scratch, into: logits)
  }

  /// y = epilogue(x · W + b), of norm(x) where there is a norm; `scratch` has room for that.
  private func product(
    _ x: DeviceActivations, _ norm: DeviceNorm?, _ matrix: DeviceMatrix, _ epilogue: Epilogue,
    _ activation: Activation, scratch: DeviceActivations, into y: DeviceActivations
  ) throws {
    let (rows, k) = (step.activeCount, matrix.inputSize)
    let kernel = LinearKernel(
      family: family, rows: rows, panels: matrix.panels, computeUnits: device.computeUnits, layout: layout,
      unit: dotUnit, activation: epilogue == .activation || y.isOperand ? activation : self.activation,
      makesOperands: y.isOperand)
    func run(
      _ kernel: LinearKernel, _ factors: Input<some BitwiseCopyable>, stride: Int, norm: DeviceNorm? = nil
    ) throws {
      try kernel.run(
        launcher, factors, stride: stride, rows: rows, norm: norm, weights: Input(matrix.weights), bias: matrix.bias,
        k: k, n: matrix.outputSize, into: y, epilogue, fetches: fetches)
    }
    if norm != nil || layout.hasOperands, !x.isOperand,
      let staging = kernel.staging(rows: rows, k: k, localMemory: localMemory)
    {
      return try run(staging, Input(x.buffer), stride: x.stride, norm: norm)
    }
    var factors = try norm.map { try normalized(x, $0, rows: rows, scratch: scratch) } ?? x
    if layout.hasOperands, !factors.isOperand { factors = try quantize(factors, rows: rows) }
    if factors.isOperand {
      try run(kernel, Input(factors.operand), stride: factors.operandStride)
    } else {
      try run(kernel, Input(factors.buffer), stride: factors.stride)
    }
  }

  /// norm(x) in a launch of its own; as operands, where `scratch` or the precision has such and rows are whole groups.
  private func normalized(
    _ x: DeviceActivations, _ norm: DeviceNorm, rows: Int, scratch: DeviceActivations
  ) throws -> DeviceActivations {
    let rounds = family == .simt && x.columns.isMultiple(of: PackedLayout.group)
    let y = try (rounds ? operandRoom(rows: rows, columns: x.columns) : nil) ?? scratch
    try layerNorm(x, norm, into: y)
    return y
  }
}
