public import Checkpoint
internal import Kernels
internal import OpenCL

extension OpenCLBackend {
  /// y = activation(norm(x) · W + b).
  public func normalizedLinear(
    _ x: DeviceActivations, _ norm: DeviceNorm, _ matrix: DeviceMatrix, _ activation: Activation,
    scratch: DeviceActivations, into y: DeviceActivations
  ) throws {
    try layerNorm(x, norm, into: scratch)
    try product(scratch, matrix, activation == .linear ? .none : .activation, activation, into: y)
  }

  /// y += x · W + b.
  public func linear(_ x: DeviceActivations, _ matrix: DeviceMatrix, addingTo y: DeviceActivations) throws {
    try product(x, matrix, .residual, activation, into: y)
  }

  /// Logits of the rows.
  public func head(
    _ x: DeviceActivations, _ norm: DeviceNorm, _ matrix: DeviceMatrix, scratch: DeviceActivations,
    into logits: DeviceActivations
  ) throws {
    try layerNorm(x, norm, into: scratch)
    try product(scratch, matrix, .none, activation, into: logits)
  }

  private func product(
    _ x: DeviceActivations, _ matrix: DeviceMatrix, _ epilogue: LinearKernel.Epilogue, _ activation: Activation,
    into y: DeviceActivations
  ) throws {
    let rows = step.activeCount
    // Its tiles are narrower than the groups that are rounded together.
    if family == .workgroup, y.isOperand {
      return try withFloats(for: y, rows: rows) { try product(x, matrix, epilogue, activation, into: $0) }
    }
    let kernel = LinearKernel(
      family: family, rows: rows, panels: matrix.panels, computeUnits: device.computeUnits, layout: layout,
      unit: dotUnit, activation: epilogue == .activation || y.isOperand ? activation : self.activation,
      makesOperands: y.isOperand)
    func run(_ operand: Input<some BitwiseCopyable>, stride: Int) throws {
      try kernel.run(
        launcher, operand, stride: stride, rows: rows, weights: Input(matrix.weights), bias: matrix.bias,
        k: matrix.inputSize, n: matrix.outputSize, into: y, epilogue)
    }
    if x.isOperand {
      try run(Input(x.operand), stride: x.operandStride)
    } else if let stride = layout.operandStride(matrix.inputSize) {
      try run(Input(try quantize(x, stride: stride, rows: rows)), stride: stride)
    } else {
      try run(Input(x.buffer), stride: x.stride)
    }
  }
}
