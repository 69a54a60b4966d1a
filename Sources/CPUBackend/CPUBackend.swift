package import Backend
internal import Checkpoint

/// GPT-2's operations on the processor: OpenBLAS for the products, Swift for the rest, everything fp32.
///
/// OpenBLAS chooses the order of its sums by the shape of a product: a text is the same for equal batches only.
package final class CPUBackend: Backend {
  let blas: BLAS
  /// The step under way.
  var step = Step()
  /// Whether only its output rows are computed by now.
  var isNarrow = false
  var slots: HostSlots?

  /// A backend on this processor.
  ///
  /// - Throws: ``DeviceError`` where OpenBLAS is not installed.
  package init() throws {
    blas = try BLAS()
  }

  /// What computes, for people.
  package static let name = "OpenBLAS"

  /// OpenBLAS.
  package var deviceName: String { Self.name }
  /// Always fp32.
  package var precision: Precision { .fp32 }
  /// The host's memory.
  package var memoryBytes: Int? { nil }
  /// Nothing is compiled.
  package func keepCompiled() {}

  /// Room for activations.
  package func activations(rows: Int, columns: Int) throws -> HostActivations {
    HostActivations(floats: try HostFloats(count: rows * columns), columns: columns)
  }

  /// Keeps the step's rows.
  package func begin(_ step: Step, _ slots: HostSlots) throws {
    self.step = step
    self.slots = slots
    isNarrow = false
  }

  /// Rows that are computed.
  var activeCount: Int { isNarrow ? step.outputs.count : step.rows.count }

  /// selected[r] = x[m], m the r-th of the output rows.
  package func narrow(_ x: HostActivations, into selected: HostActivations) throws {
    isNarrow = true
    for (r, m) in step.outputs.enumerated() { selected.row(r).update(from: x.row(Int(m)), count: x.columns) }
  }
}
