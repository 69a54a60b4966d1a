internal import Backend
internal import OpenCLBackend
import Checkpoint
package import GPT2
import OpenCL

/// Runs a sweep on a model, one combination after the other.
package struct SweepRunner {
  private let sweep: Sweep
  private let model: PretrainedModel
  private let prompts: PromptMaker
  /// What has been found out so far.
  package private(set) var report: BenchReport

  /// - Parameter version: The program's.
  /// - Throws: ``SweepError`` where not one combination is possible.
  package init(
    _ sweep: Sweep, on model: PretrainedModel, isMadeUp: Bool, version: String
  ) throws(SweepError) {
    try sweep.validate(contextLength: model.configuration.contextLength)
    self.sweep = sweep
    self.model = model
    prompts = PromptMaker(model, seed: sweep.seed)
    report = BenchReport(
      version: version, started: BenchReport.now(), machine: .this,
      modelName: model.checkpoint.adapter.map { "\(model.name) with \($0.name)" } ?? model.name,
      configuration: model.configuration, isMadeUp: isMadeUp, sweep: sweep)
  }

  /// Runs it to its end.
  ///
  /// - Parameters:
  ///   - onProgress: Called with the next measurement's name.
  ///   - onRow: Called with each row, and the report as it stands.
  package consuming func run(
    onProgress: (String) -> Void = { _ in }, onRow: (BenchRow, BenchReport) throws -> Void
  ) throws -> BenchReport {
    for device in sweep.devices {
      onProgress("device \(device.id), \(device.name): what it reaches")
      let limits = try? DeviceLimits.measure(device)
      report.devices.append(facts(of: device, limits))
      // A precision that is asked for twice, as by auto and by name, is measured once.
      var done: Set<Precision> = []
      for precision in sweep.precisions where done.insert(precision ?? device.stored(nil)).inserted {
        try run(on: device, precision, onProgress, onRow)
      }
    }
    return report
  }

  private func facts(of device: ComputeDevice, _ limits: DeviceLimits?) -> BenchReport.DeviceFacts {
    let driver = device.device.map { "\($0.platformName) \($0.driverVersion)" } ?? "OpenBLAS"
    let kernels = device.device.map { (sweep.family ?? FamilyChoice(for: $0).family).rawValue } ?? "cpu"
    return BenchReport.DeviceFacts(
      id: device.id, name: device.name, driver: driver, kernels: kernels, limits: limits)
  }

  /// Runs all workloads at one precision.
  private mutating func run(
    on device: ComputeDevice, _ precision: Precision?, _ onProgress: (String) -> Void,
    _ onRow: (BenchRow, BenchReport) throws -> Void
  ) throws {
    let resolved = device.stored(precision)
    var loadedModel: Result<LoadedModel, any Error>?
    let profile = sweep.profiles && !device.isCPU ? KernelProfile() : nil
    for workload in sweep.workloads {
      var row = BenchRow(
        device: device.id, deviceName: device.name, precision: (precision ?? resolved).rawValue, workload: workload,
        outcome: .skipped(""))
      if let reason = obstacle(to: workload, on: device, precision) {
        row.outcome = .skipped(reason)
      } else {
        HostMachine.forgetPeakMemory()
        let compiled = Compilation.time
        onProgress(
          "device \(device.id), \(row.precision), batch \(workload.batch), "
            + "\(workload.promptTokens) + \(workload.newTokens) tokens")
        let loaded =
          loadedModel
          ?? Result {
            try LoadedModel(
              model, on: device, precision: precision, family: sweep.family, profile: profile, sparesCompiling: false)
          }
        loadedModel = loaded
        do {
          row.outcome = .measured(try measure(workload, on: loaded.get(), profile))
        } catch {
          row.outcome = .failed("\(error)")
        }
        row.compileTime = Compilation.time - compiled
      }
      report.rows.append(row)
      try onRow(row, report)
    }
    if case .success(let loaded)? = loadedModel { loaded.keepCompiledKernels() }
  }

  /// Why a workload cannot run, where that is clear from the start.
  private func obstacle(to workload: Workload, on device: ComputeDevice, _ precision: Precision?) -> String? {
    let resolved = device.stored(precision)
    if let precision, precision != resolved { return "the device \(device.id) computes in \(resolved.rawValue) only" }
    if device.isCPU, let family = sweep.family { return "the device \(device.id) has no \(family.rawValue) kernels" }
    let context = model.configuration.contextLength
    if workload.longest > context { return "\(workload.longest) tokens do not fit the model's context of \(context)" }
    if workload.batch > device.mostRows { return "a step takes \(device.mostRows) sequences at the most" }
    let needed = ModelCost(model.configuration, resolved).memory(for: workload, mostRows: device.mostRows)
    let memory = UsableMemory.of(device.device?.globalMemory ?? HostMachine.this.memory)
    if needed.total > memory {
      return "needs \(mebibytes(needed.total)) of memory, and may take \(mebibytes(memory))"
    }
    if let limit = device.device?.maxAllocation, needed.largest > limit {
      return "needs a buffer of \(mebibytes(needed.largest)), and the device allows \(mebibytes(limit))"
    }
    return nil
  }

  private func measure(
    _ workload: Workload, on loaded: LoadedModel, _ profile: KernelProfile?
  ) throws -> BenchRow.Measurement {
    let items = prompts.items(workload)
    func run(isEndToEnd: Bool = false) throws -> WorkloadRun {
      try WorkloadRun(items, workload, sweep, on: loaded, isEndToEnd: isEndToEnd)
    }
    for _ in 0..<sweep.warmUps { _ = try run() }
    var summary = WorkloadSummary(items, ModelCost(model.configuration, loaded.precision))
    for _ in 0..<sweep.repeats { summary.add(engine: try run(), endToEnd: try run(isEndToEnd: true)) }
    if let profile {
      profile.isActive = true
      defer { profile.isActive = false }
      _ = try run()
      summary.profile = try profile.finish()
    }
    return try summary.measurement()
  }
}

/// Bytes as whole mebibytes, rounded up so that a need just beyond the memory shows.
private func mebibytes(_ bytes: Int) -> String { "\(String((bytes + (1 << 20) - 1) >> 20).grouped) MiB" }
