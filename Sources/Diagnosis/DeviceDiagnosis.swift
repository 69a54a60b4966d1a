package import Backend
package import GPT2
package import OpenCL
package import OpenCLBackend

/// The doctor's findings about a device.
package struct DeviceDiagnosis: Sendable {
  /// The device.
  package let device: ComputeDevice
  /// The kernels that it uses by default; nil on the CPU without OpenCL.
  package let defaultFamily: KernelFamily?
  /// Why these are not the kernels made for the device's type; nil where they are.
  package let familyObstacle: String?
  /// What `tune` found for the kernels that it uses, and all commands use.
  package internal(set) var tunings: [TuningDiagnosis] = []
  /// Ways to multiply beside the portable one.
  package internal(set) var dotUnits: [DotUnitDiagnosis] = []
  /// Single operations against the host's numbers.
  package internal(set) var operations: [OperationDiagnosis] = []
  /// The demo model as a whole, with the kernels and units that are the default.
  package internal(set) var models: [ModelDiagnosis] = []

  /// How many operations the time did not do for.
  package var leftOut: Int { operations.count { $0.verdict == .leftOut } }

  /// The kernels, or operations, that give wrong numbers or fail, each once.
  package var culprits: [String] {
    var names: [String] = []
    func add(_ name: String) { if !names.contains(name) { names.append(name) } }
    for operation in operations where operation.isFault(defaultFamily) {
      let kernel = operation.kernel.map { "\($0).cl (\(operation.operation))" } ?? operation.operation
      add(operation.unit.map { "\(kernel) with \($0.name)" } ?? kernel)
    }
    if names.isEmpty {
      for model in models where model.verdict.isFault { add("the demo model in \(model.precision.rawValue)") }
    }
    return names
  }
}

/// A file of tuning that is in use.
package struct TuningDiagnosis: Sendable {
  /// How weights are stored.
  package let precision: Precision
  /// Operations that it holds choices for.
  package let operations: Int
  /// Where it is.
  package let path: String
}

extension TuningDiagnosis {
  /// The files in use for kernels of a family, with the units that are chosen for them.
  package static func all(on device: Device, _ family: KernelFamily, _ units: [DotUnitDiagnosis]) -> [TuningDiagnosis] {
    Precision.allCases.compactMap { precision in
      let unit = units.first { $0.isChosen && $0.family == family && $0.unit.precision == precision }?.unit ?? .portable
      return TuningTarget(device, precision, family, unit).kept.map { file, tuning in
        TuningDiagnosis(precision: precision, operations: tuning.choices.count, path: file.path)
      }
    }
  }
}

/// A way to multiply and add on a device.
package struct DotUnitDiagnosis: Sendable {
  /// The unit.
  package let unit: DotUnit
  /// The kernels that have it.
  package let family: KernelFamily
  /// Why it is not used; nil where it passed its probe.
  package let obstacle: String?
  /// Whether it is the default of its precision.
  package let isChosen: Bool
  /// Forms of it that were tried before, or in vain.
  package let refused: [RefusedForm]
}

/// A verdict about one thing that was computed.
package enum Verdict: Hashable, Sendable {
  /// Right, with the largest error, relative where numbers are above one.
  case right(error: Double)
  /// Wrong, with where, and the largest error.
  case wrong(String, error: Double)
  /// The kernel does not compile: the first line of the compiler's messages.
  case doesNotBuild(String)
  /// A call failed.
  case fails(String)
  /// Not known, because something that it needs is wrong, or is not for the device.
  case unknown(String)
  /// Not looked at, for the time was up.
  case leftOut

  /// Whether the device computes wrongly, or not at all.
  package var isFault: Bool {
    switch self {
    case .right, .unknown, .leftOut: false
    case .wrong, .doesNotBuild, .fails: true
    }
  }
}

/// One operation on a device.
package struct OperationDiagnosis: Sendable {
  /// The kernels' family; nil on the CPU without OpenCL.
  package let family: KernelFamily?
  /// How weights are stored.
  package let precision: Precision
  /// The dot unit, where that is not the portable one.
  package let unit: DotUnit?
  /// The operation, for people.
  package let operation: String
  /// The file of its kernel, without `.cl`.
  package let kernel: String?
  /// Whether it is right.
  package let verdict: Verdict

  /// Whether the device must not be used as it is: for wrong numbers in any kernel, for others in those it uses.
  func isFault(_ defaultFamily: KernelFamily?) -> Bool {
    if case .wrong = verdict { return true }
    return verdict.isFault && family == defaultFamily
  }
}

/// The demo model on a device.
package struct ModelDiagnosis: Sendable {
  /// How weights are stored.
  package let precision: Precision
  /// The dot unit.
  package let unit: DotUnit?
  /// How many of the likeliest tokens are the reference's, of how many.
  package let equalTokens: Int
  /// See ``equalTokens``.
  package let tokens: Int
  /// The device that it was compared with.
  package let reference: String
  /// Whether the log-probabilities are right.
  package let verdict: Verdict
}
