internal import Backend
package import CPUBackend
package import OpenCLBackend
internal import Sampling
internal import OpenCL

/// A backend whose operations can be compared with the host's one by one.
protocol DiagnosableBackend: Backend {
  /// Rows of a step that is so tall that its products take one more kernel; nil where 13 rows are.
  var tallStep: Int? { get }
  /// Puts rows of numbers into activations, without a kernel.
  func write(_ rows: [[Double]], to activations: Activations) throws
  /// y[m] = norm(x[m]) for the rows of the step.
  func normalize(_ x: Activations, _ norm: Norm, _ rows: Rows, into y: Activations) throws
  /// Chooses tokens as for few rows or as for many, however many there are.
  func sample(_ logits: Activations, _ rows: [SamplingRow], _ slots: Slots, byBlocks: Bool) throws
    -> Pending<[SampledToken]>
}

extension OpenCLBackend: DiagnosableBackend {
  var tallStep: Int? { dotUnit.usesTensorCores ? SIMTTensorTile.fewRows.upperBound + 1 : nil }

  func write(_ rows: [[Double]], to activations: DeviceActivations) throws {
    for (index, row) in rows.enumerated() {
      try queue.write(row.map(Float.init), to: activations.floats, at: index * activations.stride)
    }
  }

  func normalize(_ x: DeviceActivations, _ norm: DeviceNorm, _ rows: DeviceRows, into y: DeviceActivations) throws {
    try layerNorm(x, norm, rows: rows.count, into: y)
  }
}

extension CPUBackend: DiagnosableBackend {
  var tallStep: Int? { nil }

  func write(_ rows: [[Double]], to activations: HostActivations) {
    for (index, row) in rows.enumerated() {
      for (column, value) in row.enumerated() { activations.row(index)[column] = Float(value) }
    }
  }

  func normalize(_ x: HostActivations, _ norm: HostNorm, _ rows: HostRows, into y: HostActivations) {
    layerNorm(x, norm, rows, into: y)
  }

  func sample(
    _ logits: HostActivations, _ rows: [SamplingRow], _ slots: HostSlots, byBlocks: Bool
  ) throws -> Pending<[SampledToken]> {
    try sample(logits, rows, slots)
  }
}
