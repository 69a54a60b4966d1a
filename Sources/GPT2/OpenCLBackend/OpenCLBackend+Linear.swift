public import Checkpoint
internal import Kernels
internal import OpenCL

extension OpenCLBackend {
  /// y = activation(norm(x) · W + b).
  public func normalizedLinear(
    _ x: DeviceActivations, _ norm: DeviceNorm, _ matrix: DeviceMatrix, _ activation: Activation,
    scratch: DeviceActivations, into y: DeviceActivations
  ) throws {
    let operand = try layerNorm(x, norm, of: .allRows, into: scratch)
    try product(
      scratch, operand, matrix, activation == .linear ? .none : .activation, activation, rows: step.rowCount, into: y)
  }

  /// y += x · W + b.
  public func linear(_ x: DeviceActivations, _ matrix: DeviceMatrix, addingTo y: DeviceActivations) throws {
    try product(x, nil, matrix, .residual, activation, rows: step.rowCount, into: y)
  }

  /// Logits of the step's output rows.
  public func head(
    _ x: DeviceActivations, _ norm: DeviceNorm, _ matrix: DeviceMatrix, scratch: DeviceActivations,
    into logits: DeviceActivations
  ) throws {
    let operand = try layerNorm(x, norm, of: .outputRows, into: scratch)
    try product(scratch, operand, matrix, .none, activation, rows: step.outputCount, into: logits)
  }

  /// - Parameter operand: The operands of x, where they are there.
  private func product(
    _ x: DeviceActivations, _ operand: Buffer<UInt32>?, _ matrix: DeviceMatrix, _ epilogue: LinearKernel.Epilogue,
    _ activation: Activation,
    rows: Int, into y: DeviceActivations
  ) throws {
    let kernel = LinearKernel(
      family: family, rows: rows, panels: matrix.panels, computeUnits: device.computeUnits, layout: layout,
      unit: dotUnit, activation: epilogue == .activation ? activation : self.activation)
    func run(_ operand: Input<some BitwiseCopyable>, stride: Int) throws {
      try kernel.run(
        launcher, operand, stride: stride, rows: rows, weights: Input(matrix.weights), bias: matrix.bias,
        k: matrix.inputSize, n: matrix.outputSize, into: y.buffer, yStride: y.stride, epilogue)
    }
    if let stride = layout.operandStride(matrix.inputSize) {
      let operand = try operand ?? quantize(x, k: matrix.inputSize, stride: stride, rows: rows)
      try run(Input(operand), stride: stride)
    } else {
      try run(Input(x.buffer), stride: x.stride)
    }
  }
}
