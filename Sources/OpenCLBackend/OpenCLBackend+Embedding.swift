internal import Kernels
internal import OpenCL

extension OpenCLBackend {
  /// x[m] = tokens[token(m)] + positions[position(m)].
  package func embed(
    _ tokens: DeviceMatrix, _ positions: DeviceTable, _ rows: DeviceRows, into x: DeviceActivations
  ) throws {
    try launcher.run(
      EmbeddingKernel(layout: layout),
      global: NDRange(roundUp(x.stride, to: EmbeddingKernel.localSize), rows.count),
      local: NDRange(EmbeddingKernel.localSize), Input(rows.step.rows), Input(rows.slots.lastSamples),
      Input(tokens.weights),
      Input(positions.rows), Output(x.floats), Int32(x.columns), Int32(x.stride))
  }
}

/// The kernel of embedding.cl.
struct EmbeddingKernel: KernelDescriptor {
  let layout: PackedLayout

  static let localSize = 32

  var source: KernelSource { .embedding }
  var function: String { "embed" }
  var definitions: [(name: String, value: String)] { layout.definitions + [("LOCAL", "\(Self.localSize)")] }
}
