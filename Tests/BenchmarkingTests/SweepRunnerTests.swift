@testable import Engine
@testable import OpenCLBackend
import Checkpoint
import GPT2
import OpenCL
import Testing

@testable import Benchmarking

/// Sweeps of a tiny model, in the process: cases that the command line cannot show.
@Suite(.serialized) struct SweepRunnerTests {
  private func sweep() throws -> Sweep {
    var sweep = Sweep(devices: [try DeviceSelection.automatic.resolve()])
    sweep.promptTokens = [TokenRange(5...5)]
    sweep.newTokens = [TokenRange(4...4)]
    sweep.batches = [3]
    (sweep.repeats, sweep.warmUps) = (2, 0)
    return sweep
  }

  private func model() throws -> PretrainedModel {
    PretrainedModel(try MadeUpWeights.checkpoint(name: "tiny", .tiny))
  }

  /// Every row of every step is accounted for, whatever the steps were.
  @Test func stepsAreShared() throws {
    let (sweep, model) = (try sweep(), try model())
    let device = try #require(sweep.devices.first)
    let loaded = try LoadedModel(model, on: device)
    for (batch, items) in [(3, 3), (2, 7)] {
      let workload = Workload(batch: batch, promptTokens: TokenRange(2...9), newTokens: TokenRange(1...5), items: items)
      let prompts = PromptMaker(model, seed: 0).items(workload)
      let run = try WorkloadRun(prompts, workload, sweep, on: loaded, isEndToEnd: false)
      let (prompt, new) = (prompts.reduce(0) { $0 + $1.prompt.count }, prompts.reduce(0) { $0 + $1.newTokens })
      #expect(run.newTokens == new && run.statistics.newTokens == new)
      #expect(run.source.prefill.rows == Double(prompt))
      #expect(run.source.decode.rows == Double(new - items))
      let passes = run.source.prefill.passes + run.source.decode.passes
      #expect(abs(passes - Double(run.statistics.steps)) < 1e-9)
      #expect(abs(run.source.prefill.outputs + run.source.decode.outputs - Double(new)) < 1e-9)
      #expect(run.firstTokens.count == batch && (run.deviceMemory ?? 1) > 0)
    }
  }

  @Test func kernelsAreTimedWhereAskedFor() throws {
    var sweep = try sweep()
    guard sweep.devices.contains(where: { !$0.isCPU }) else { return }
    sweep.profiles = true
    let runner = try SweepRunner(sweep, on: model(), isMadeUp: true, version: "0")
    let report = try runner.run { _, _ in }
    let measurement = try #require(report.rows.first?.measurement)
    let shares = measurement.profileShares
    #expect(abs(shares.reduce(0) { $0 + $1.share } - 1) < 1e-9)
    for kernel in ["embed", "layer_norm", "sample"] { #expect(shares.contains { $0.kernel.kernel == kernel }) }
    #expect(shares.contains { $0.kernel.kernel.hasPrefix("linear") && $0.kernel.launches > 0 })
    #expect(measurement.isReproduced)
  }

  /// Weights that the precision cannot hold fail a device's rows, and only those.
  @Test func aModelThatCannotBeLoadedFailsItsRows() throws {
    let good = try MadeUpWeights.checkpoint(name: "tiny", .tiny)
    let file = FileData(name: "bad", count: 2 * 32) { $0.initializeMemory(as: UInt8.self, repeating: 0xFF) }  // NaN
    let tensors = good.tensors.map { tensor in
      tensor.name != "ln_f.weight"
        ? tensor
        : TensorView(name: tensor.name, scalarType: .bfloat16, shape: tensor.shape, file: file, bytes: 0..<64)
    }
    let bad = PretrainedModel(
      try Checkpoint(name: "bad", configuration: .tiny, tensors: tensors))
    let report = try SweepRunner(sweep(), on: bad, isMadeUp: true, version: "0").run { _, _ in }
    guard case .failed(let reason)? = report.rows.first?.outcome else {
      Issue.record("The row did not fail.")
      return
    }
    #expect(reason.contains("ln_f.weight") && reason.contains("NaN"))
  }
}
