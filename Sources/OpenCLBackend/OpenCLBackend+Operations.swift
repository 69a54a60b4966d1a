package import Backend
package import Checkpoint
internal import Kernels

/// The operations that a family of kernels computes.
extension OpenCLBackend {
  /// y = activation(norm(x) · W + b).
  package func normalizedLinear(
    _ x: DeviceActivations, _ norm: DeviceNorm, _ matrix: DeviceMatrix, _ activation: Activation,
    scratch: DeviceActivations, into y: DeviceActivations
  ) throws {
    try kernels.product(
      x, norm, matrix, activation == .linear ? .none : .activation, activation, scratch: scratch, into: y)
  }

  /// y += x · W + b.
  package func linear(_ x: DeviceActivations, _ matrix: DeviceMatrix, addingTo y: DeviceActivations) throws {
    try kernels.product(x, nil, matrix, .residual, context.activation, scratch: x, into: y)
  }

  /// Logits of the rows.
  package func head(
    _ x: DeviceActivations, _ norm: DeviceNorm, _ matrix: DeviceMatrix, scratch: DeviceActivations,
    into logits: DeviceActivations
  ) throws {
    try kernels.product(x, norm, matrix, .none, context.activation, scratch: scratch, into: logits)
  }

  /// y[m] = norm(x[m]).
  package func layerNorm(_ x: DeviceActivations, _ norm: DeviceNorm, into y: DeviceActivations) throws {
    try kernels.layerNorm(x, norm, into: y)
  }

  /// The operands of a product of rows in fp32; as many rows of tiles as `rows` fill are readable.
  package func quantize(_ x: DeviceActivations, rows: Int) throws -> DeviceActivations {
    try kernels.quantize(x, rows: rows)
  }

  /// Room for the operands of the next product; nil where the precision has none.
  package func operandRoom(rows: Int, columns: Int) throws -> DeviceActivations? {
    try context.operandRoom(rows: rows, columns: columns)
  }

  /// Puts the rows' keys and values into the cache, then y[m] = the causal attention of row m.
  package func attention(
    _ qkv: DeviceActivations, _ cache: DeviceCache, scale: Float, into y: DeviceActivations
  ) throws {
    guard let slots else { return }
    try kernels.attention(qkv, cache, slots, scale: scale, into: y)
  }

  /// A block in one launch, where the family has a kernel for the step.
  package func run(
    _ block: Block<OpenCLBackend>, _ cache: DeviceCache, _ activations: StepActivations<OpenCLBackend>
  ) throws -> Bool {
    guard let slots else { return false }
    return try kernels.block(block, cache, slots, activations)
  }
}
