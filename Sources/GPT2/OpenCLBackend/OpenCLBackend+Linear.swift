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
      family: family, rows: rows, layout: layout, unit: dotUnit,
      activation: epilogue == .activation ? activation : self.activation)
    if let stride = layout.operandStride(matrix.inputSize) {
      let operand = try operand ?? quantize(x, k: matrix.inputSize, stride: stride, rows: rows)
      try run(kernel, Input(operand), stride: stride, matrix, epilogue, rows: rows, into: y)
    } else {
      try run(kernel, Input(x.buffer), stride: x.stride, matrix, epilogue, rows: rows, into: y)
    }
  }

  private func run(
    _ kernel: LinearKernel, _ operand: Input<some BitwiseCopyable>, stride: Int, _ matrix: DeviceMatrix,
    _ epilogue: LinearKernel.Epilogue, rows: Int, into y: DeviceActivations
  ) throws {
    let (global, local) = kernel.range(rows: rows, panels: matrix.panels)
    try launcher.run(
      kernel, " \(matrix.inputSize) × \(matrix.outputSize)", global: global, local: local, operand,
      Input(matrix.weights), Input(matrix.bias), InputOutput(y.buffer), Int32(matrix.inputSize), Int32(stride),
      Int32(y.stride), epilogue.rawValue)
  }
}
