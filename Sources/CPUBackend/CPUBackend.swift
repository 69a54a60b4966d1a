package import Backend
internal import Checkpoint

/// GPT-2's operations on the processor: OpenBLAS for the products, Swift for the rest, everything fp32.
///
/// OpenBLAS chooses the order of its sums by the shape of a product: a text is the same for equal batches only.
package final class CPUBackend: Backend {
  let blas: BLAS
  /// Rows that went through a norm, on their way into a product.
  private var normalized: HostFloats

  /// A backend on this processor.
  ///
  /// - Throws: ``DeviceError`` where OpenBLAS is not installed.
  package init() throws {
    blas = try BLAS()
    normalized = try HostFloats(count: 0)
  }

  /// Sets OpenBLAS's variables; to be called before other threads read theirs.
  package static func prepare() { BLAS.prepare() }

  /// The device's name, for people.
  package static let name = "OpenBLAS"

  /// OpenBLAS.
  package var deviceName: String { Self.name }
  /// Always fp32.
  package var precision: Precision { .fp32 }
  /// The host's memory.
  package var memoryBytes: Int? { nil }
  /// Nothing is compiled.
  package func keepCompiled() {}

  /// Room for activations, always in fp32.
  package func activations(rows: Int, columns: Int, for use: ActivationUse) throws -> HostActivations {
    HostActivations(floats: try HostFloats(count: rows * columns), columns: columns)
  }

  /// Room for rows between a norm and a product; the next call takes it again.
  func normalizedRows(_ count: Int, columns: Int) throws -> HostActivations {
    if normalized.count < count * columns { normalized = try HostFloats(count: count * columns) }
    return HostActivations(floats: normalized, columns: columns)
  }

  /// The step's rows, which stay on the host.
  package func begin(_ step: Step, _ slots: HostSlots) throws -> HostRows { HostRows(step: step, slots: slots) }

  /// selected[r] = x[m], m the r-th of the output rows.
  package func select(_ outputs: HostRows, of x: HostActivations, into selected: HostActivations) throws {
    for (r, m) in outputs.step.outputs.enumerated() { selected.row(r).update(from: x.row(Int(m)), count: x.columns) }
  }
}
