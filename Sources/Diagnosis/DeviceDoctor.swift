package import Backend
internal import CPUBackend
package import GPT2
package import OpenCLBackend
internal import Kernels
package import OpenCL

/// Compares everything that a device computes with the host's numbers.
package struct DeviceDoctor {
  private let device: ComputeDevice
  /// Called with the name of the check that begins.
  private let onProgress: (String) -> Void
  /// When to look at nothing more.
  private let end: ContinuousClock.Instant
  private let isInterrupted: () -> Bool

  /// - Parameters:
  ///   - timeLimit: After which nothing more is begun: some drivers take seconds to compile a kernel.
  ///   - isInterrupted: Whether somebody wants it to end; asked before each check.
  ///   - onProgress: Called with the name of each check that begins.
  package init(
    _ device: ComputeDevice, timeLimit: Duration = .seconds(3600), isInterrupted: @escaping () -> Bool = { false },
    onProgress: @escaping (String) -> Void = { _ in }
  ) {
    self.device = device
    self.isInterrupted = isInterrupted
    self.onProgress = onProgress
    end = .now + timeLimit
  }

  /// Whether nothing more is to be begun.
  private var isOver: Bool { .now > end || isInterrupted() }

  /// Looks at everything, whatever fails.
  ///
  /// - Parameters:
  ///   - families: The kernels to look at.
  ///   - precisions: The precisions to look at.
  ///   - includesModel: Whether the demo model runs too.
  package func examine(
    families: [KernelFamily] = KernelFamily.allCases, precisions: [Precision] = Precision.allCases,
    includesModel: Bool = true
  ) -> DeviceDiagnosis {
    let choice = device.device.map { FamilyChoice(for: $0) }
    let defaultFamily = choice?.family
    var diagnosis = DeviceDiagnosis(device: device, defaultFamily: defaultFamily, familyObstacle: choice?.obstacle)
    func examineModel() {
      guard includesModel else { return }
      for precision in device.isCPU ? [.fp32] : precisions where !isOver {
        onProgress("\(device.id): the demo model in \(precision.rawValue)")
        diagnosis.models.append(ModelCheck(device: device, precision: precision).diagnosis())
      }
    }
    guard let opencl = device.device else {
      diagnosis.operations = hostOperations()
      examineModel()
      return diagnosis
    }
    func examine(_ family: KernelFamily) {
      if isInterrupted() { return }
      let units = DotUnitDiagnosis.all(on: opencl, family, precisions)
      diagnosis.dotUnits += units
      if family == defaultFamily { diagnosis.tunings = TuningDiagnosis.all(on: opencl, family, units) }
      for precision in precisions {
        onProgress("\(device.id): \(family.rawValue) kernels, \(precision.rawValue)")
        diagnosis.operations += operations(opencl, family, precision, units)
      }
    }
    // The kernels that are used come first, in case the time runs out.
    for family in families where family == defaultFamily { examine(family) }
    examineModel()
    for family in families where family != defaultFamily { examine(family) }
    return diagnosis
  }

  // MARK: Operations

  /// One thing to compute and compare.
  struct Check {
    let operation: String
    var kernel: KernelSource?
    /// Kernels without which its numbers mean nothing.
    var needs: [KernelSource] = []
    /// Whether a dot unit computes it.
    var isComputed: (DotUnit) -> Bool = { _ in false }
    let run: () throws -> NumberComparison
  }

  private func operations(
    _ opencl: Device, _ family: KernelFamily, _ precision: Precision, _ units: [DotUnitDiagnosis]
  ) -> [OperationDiagnosis] {
    func backend(_ unit: DotUnit) throws -> OpenCLBackend {
      try OpenCLBackend(device: opencl, precision: precision, family: family, dotUnit: unit, maximumRows: 512)
    }
    do {
      let bench = try OperationBench(backend(.portable))
      var wrong: Set<KernelSource> = []
      var found = checks(family, bench).map { judge($0, family, precision, nil, wrong: &wrong) }
      for unit in units where unit.obstacle == nil && unit.unit.precision == precision {
        let bench = try OperationBench(backend(unit.unit))
        let computed = checks(family, bench).filter { $0.isComputed(unit.unit) }
        // A unit's faults must not be blamed on the portable kernels, nor the other way round.
        var wrongHere = wrong.subtracting(computed.compactMap(\.kernel))
        found += computed.map { judge($0, family, precision, unit.unit, wrong: &wrongHere) }
      }
      return found
    } catch {
      return [
        OperationDiagnosis(
          family: family, precision: precision, unit: nil, operation: "all", kernel: nil, verdict: verdict(of: error))
      ]
    }
  }

  /// The operations of a family in a precision.
  func checks(_ family: KernelFamily, _ bench: OperationBench<OpenCLBackend>) -> [Check] {
    family.operations.filter { operation in
      switch operation.precisions {
      case .all: true
      case .rounded: bench.backend.layout.quantizesRows
      case .one: bench.precision == .fp32
      }
    }.map { operation in
      Check(
        operation: operation.name, kernel: operation.kernel, needs: operation.needs, isComputed: operation.isComputed,
        run: { try bench.comparison(operation.check) })
    }
  }

  private func hostOperations() -> [OperationDiagnosis] {
    var wrong: Set<KernelSource> = []
    do {
      return try hostChecks(OperationBench(CPUBackend())).map { judge($0, nil, .fp32, nil, wrong: &wrong) }
    } catch {
      return [
        OperationDiagnosis(
          family: nil, precision: .fp32, unit: nil, operation: "all", kernel: nil, verdict: verdict(of: error))
      ]
    }
  }

  /// Everything on OpenBLAS.
  func hostChecks(_ bench: OperationBench<CPUBackend>) -> [Check] {
    [
      Check(operation: "embedding", run: bench.embeddings), Check(operation: "layer norm", run: bench.norms),
      Check(operation: "rows apart", run: bench.selectedRows),
      Check(operation: "products", run: { try bench.products() }),
      Check(operation: "activations", run: bench.activationFunctions),
      Check(operation: "products of norms", run: { try bench.normalizedProducts() }),
      Check(operation: "attention", run: bench.attention), Check(operation: "sampling") { try bench.samples() },
      Check(operation: "log-probabilities", run: bench.scores),
    ]
  }

  private func judge(
    _ check: Check, _ family: KernelFamily?, _ precision: Precision, _ unit: DotUnit?, wrong: inout Set<KernelSource>
  ) -> OperationDiagnosis {
    let verdict: Verdict
    if isOver {
      verdict = .leftOut
    } else if let needed = check.needs.first(where: wrong.contains) {
      verdict = .unknown("\(needed.name).cl, which it needs, is wrong")
    } else {
      do {
        let comparison = try check.run()
        verdict =
          comparison.wrong.map { .wrong($0, error: comparison.largestError) } ?? .right(error: comparison.largestError)
      } catch {
        verdict = self.verdict(of: error)
      }
    }
    if let kernel = check.kernel, verdict.isFault { wrong.insert(kernel) }
    return OperationDiagnosis(
      family: family, precision: precision, unit: unit, operation: check.operation, kernel: check.kernel?.name,
      verdict: verdict)
  }

  private func verdict(of error: any Error) -> Verdict { Verdict(failure: error) }
}

extension Verdict {
  /// The verdict for an error.
  init(failure error: any Error) {
    if let error = error as? OpenCLError, error.buildLog != nil {
      // A kernel that others stand in for says itself what it misses.
      let complaint = error.firstComplaint ?? error.status.name
      self =
        complaint.firstRange(of: "not for this device: ").map { .unknown(String(complaint[$0.upperBound...])) }
        ?? .doesNotBuild(complaint)
    } else if let error = error as? OperationUnavailable {
      self = .unknown(error.reason)
    } else {
      self = .fails(String("\(error)".prefix { !$0.isNewline }))
    }
  }
}

extension DotUnitDiagnosis {
  /// Every unit that kernels of a family have beside the portable one, tried on a device.
  package static func all(
    on device: Device, _ family: KernelFamily, _ precisions: [Precision] = Precision.allCases
  ) -> [DotUnitDiagnosis] {
    let launcher = Result {
      let context = try Context(device: device)
      return KernelLauncher(
        queue: try CommandQueue(context), library: KernelLibrary(context, cache: .standard(for: device)))
    }
    return precisions.flatMap { precision in
      var isChosen = false
      return DotUnit.candidates(precision, family).map { unit in
        let (form, obstacle, refused) =
          switch launcher {
          case .success(let launcher): DotUnitProbe.firstForm(of: unit, family, launcher)
          case .failure(let error): (unit, unit.obstacle(on: device) ?? "it fails: \(error)", [])
          }
        defer { isChosen = isChosen || obstacle == nil }
        return DotUnitDiagnosis(
          unit: form, family: family, obstacle: obstacle, isChosen: obstacle == nil && !isChosen, refused: refused)
      }
    }
  }
}
