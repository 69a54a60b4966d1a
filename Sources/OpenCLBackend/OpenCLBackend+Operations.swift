package import Backend
package import Checkpoint
internal import Kernels

/// The operations that a family of kernels computes.
extension OpenCLBackend {
  /// y = activation(norm(x) · W + b).
  package func normalizedLinear(
    _ x: DeviceActivations, _ norm: DeviceNorm, _ matrix: DeviceMatrix, _ activation: Activation, _ rows: DeviceRows,
    into y: DeviceActivations
  ) throws {
    if rows.count == 0 { return }
    try kernels.product(
      x, norm, matrix, activation == .linear ? .none : .activation, activation, rows: rows.count, into: y)
  }

  /// y += x · W + b.
  package func linear(
    _ x: DeviceActivations, _ matrix: DeviceMatrix, _ rows: DeviceRows, addingTo y: DeviceActivations
  ) throws {
    if rows.count == 0 { return }
    try kernels.product(x, nil, matrix, .residual, context.activation, rows: rows.count, into: y)
  }

  /// Logits of the rows.
  package func head(
    _ x: DeviceActivations, _ norm: DeviceNorm, _ matrix: DeviceMatrix, _ rows: DeviceRows,
    into logits: DeviceActivations
  ) throws {
    if rows.count == 0 { return }
    try kernels.product(x, norm, matrix, .none, context.activation, rows: rows.count, into: logits)
  }

  /// y[m] = norm(x[m]).
  package func layerNorm(_ x: DeviceActivations, _ norm: DeviceNorm, rows: Int, into y: DeviceActivations) throws {
    try kernels.layerNorm(x, norm, rows: rows, into: y)
  }

  /// Rows in fp32, quantized for products; as many rows of tiles as `rows` fill are readable.
  package func quantize(_ x: DeviceActivations, rows: Int) throws -> DeviceActivations {
    try kernels.quantize(x, rows: rows)
  }

  /// Room for the quantized rows of the next product; nil where it takes fp32.
  package func quantizedRoom(rows: Int, columns: Int) throws -> DeviceActivations? {
    try context.quantizedRoom(rows: rows, columns: columns)
  }

  /// Puts the keys and values of the step's rows into the cache; then y[m] = the causal attention of the m-th of `rows`.
  package func attention(
    _ qkv: DeviceActivations, _ cache: DeviceCache, scale: Float, _ rows: DeviceRows, into y: DeviceActivations
  ) throws {
    try kernels.attention(qkv, cache, scale: scale, rows, into: y)
  }

  /// A layer in one launch, where the family has a kernel for the step.
  package func run(
    _ layer: Layer<DeviceMatrix, DeviceNorm>, _ cache: DeviceCache, _ rows: DeviceRows,
    _ activations: StepActivations<DeviceActivations>
  ) throws -> Bool {
    try kernels.run(layer, cache, rows, activations)
  }
}
