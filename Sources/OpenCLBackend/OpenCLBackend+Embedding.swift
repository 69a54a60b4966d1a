internal import OpenCL

extension OpenCLBackend {
  /// x[m] = tokens[token(m)] + positions[position(m)].
  package func embed(
    _ tokens: DeviceMatrix, _ positions: DeviceTable, _ rows: DeviceRows, into x: DeviceActivations
  ) throws {
    try launcher.run(
      EmbeddingKernel(layout: tokens.layout),
      global: NDRange(roundUp(x.stride, to: EmbeddingKernel.localSize), rows.count),
      local: NDRange(EmbeddingKernel.localSize), Input(rows.step.rows), Input(rows.slots.lastSamples),
      Input(tokens.weights), Input(positions.rows), Output(x.floats), Int32(x.columns), Int32(x.stride))
  }

  /// selected[r] = x[m], m the r-th of the rows whose logits are wanted.
  package func select(_ outputs: DeviceRows, of x: DeviceActivations, into selected: DeviceActivations) throws {
    try context.gather(x, outputs, into: selected)
  }
}
