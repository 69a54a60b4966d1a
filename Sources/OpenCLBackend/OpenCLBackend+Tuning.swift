package import Backend
package import OpenCL

extension OpenCLBackend {
  /// What was found best on the device: no number depends on it.
  package var tuning: Tuning {
    get { context.tuning }
    set { context.tuning = newValue }
  }

  /// What choices are made for.
  package var tuningTarget: TuningTarget { TuningTarget(device, layout, family, dotUnit) }
}

extension TuningTarget {
  /// - Parameter unit: What multiplies.
  package init(_ device: Device, _ precision: Precision, _ family: KernelFamily, _ unit: DotUnit) {
    self.init(device, PackedLayout(precision, family, unit), family, unit)
  }

  /// What there is to choose for an operation; nil where the kernels have nothing of the kind.
  package func space(of operation: TunedOperation) -> TuningSpace? { family.kernels.space(of: operation, self) }

  /// Whether the kernels take a choice for an operation.
  package func isLegal(_ operation: TunedOperation, _ choice: TuningChoice) -> Bool {
    space(of: operation)?.contains(choice) == true
  }

  /// What is kept for it.
  package var key: TuningKey {
    TuningKey(device, layout.precision, family: family.rawValue, unit: unit.name)
  }

  /// The user's file, and what of it can be used; nil where there is none.
  package var kept: (file: TuningFile, tuning: Tuning)? {
    guard let file = TuningFile.standard(key), let content = file.read(isLegal) else { return nil }
    return (file, content.tuning)
  }
}
