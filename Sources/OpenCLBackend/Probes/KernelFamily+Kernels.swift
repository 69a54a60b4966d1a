internal import Backend

extension KernelFamily {
  /// The family's kernels: the one place that knows the types.
  var kernels: any KernelSet.Type {
    switch self {
    case .simd: SIMDKernels.self
    case .simt: SIMTKernels.self
    }
  }

  /// Every operation of the family, each after those it needs.
  package var operations: [KernelOperation] { kernels.operations }
}

extension PackedLayout {
  /// The layout of a family's kernels with a dot unit.
  init(_ precision: Precision, _ family: KernelFamily, _ unit: DotUnit) {
    self.init(precision, family.kernels.operandType(precision, unit))
  }
}
