internal import OpenCLBackend
internal import System
import Benchmarking
import Checkpoint
import GPT2

/// A benchmark for a person at a terminal, within 80 columns: what one compares by. The other forms have everything.
struct BenchText {
  let report: BenchReport

  var text: String {
    let devices = report.devices.map { device in
      title(of: device) + "\n" + table(of: report.rows.filter { $0.device == device.id })
    }
    var closing = report.isInterrupted ? ["Stopped before the end."] : []
    closing.append(
      "Rates in tokens/s; first: the time to the first token; of limit: decode's rate as a share of what reading or "
        + "multiplying alone reached, whichever is nearer.")
    closing.append("Everything else: --format md, json or csv; with charts: --report FILE.html.")
    return ([facts] + devices + profiles + [closing.map(Output.results.lines).joined()]).joined(separator: "\n")
  }

  private var facts: String {
    let (model, sweep) = (report.configuration, report.sweep)
    return [
      "\(report.modelName)\(report.isMadeUp ? " (made-up weights)" : ""): \(model.parameterCount) parameters, "
        + "\(model.layerCount.counted("layer")), \(model.embeddingSize) channels; gpt2-gpu \(report.version)",
      "\(report.machine.processor), \(report.machine.cores.counted("core")), \(report.machine.memoryText); "
        + report.started,
      "\(sweep.repeats.counted("repeat")) after \(sweep.warmUps) to warm up; \(report.samplingText)",
    ].map(Output.results.lines).joined()
  }

  private func title(of device: BenchReport.DeviceFacts) -> String {
    func billions(_ value: Double) -> String { (value / 1e9).short }
    let title = Style.bold("Device \(device.id): \(device.name)".printable, on: Output.results.descriptor)
    let parts = device.parts.joined(separator: ", ")
    let limits =
      device.limits.map {
        "copies \(billions($0.copyBytesPerSecond)) GB/s, reads \(billions($0.readBytesPerSecond)) GB/s, "
          + "multiplies and adds \(billions($0.operationsPerSecond)) GFLOP/s"
      } ?? "its limits could not be measured"
    return title + "\n" + (parts.isEmpty ? "" : Output.results.lines(parts)) + Output.results.lines(limits)
  }

  private func table(of rows: [BenchRow]) -> String {
    guard !rows.isEmpty else { return "" }
    var table = Table(headings: [
      "weights", "batch", "tokens", "prefill/s", "decode/s", "end to end/s", "first", "of limit",
    ])
    table.numbers = [1, 2, 3, 4, 5, 6, 7]
    var notes: [String] = []
    for row in rows {
      let workload = row.workload
      let head = [row.precision, "\(workload.batch)", "\(workload.promptTokens)+\(workload.newTokens)"]
      switch row.outcome {
      case .measured(let measurement):
        // The nearest of decode's two limits is the one that holds it back.
        let shares = measurement.decode?.shares(of: report.limits(of: row))
        let share = [shares?.read, shares?.fma].compactMap(\.self).max()
        table.append(
          head + [
            rate(measurement.prefill.tokensPerSecond), measurement.decode.map { rate($0.tokensPerSecond) } ?? "-",
            rate(measurement.endToEnd.tokensPerSecond), "\((measurement.firstToken.median * 1000).short) ms",
            share.map { "\(($0 * 100).fixed(0)) %" } ?? "-",
          ])
        if !measurement.isReproduced { notes.append("\(name(of: row)): its repeats wrote different texts") }
      case .skipped(let reason):
        table.append(head + ["not run"])
        notes.append("\(name(of: row)): not run, \(reason)")
      case .failed(let reason):
        table.append(head + ["failed"])
        notes.append("\(name(of: row)): failed, \(reason)")
      }
    }
    return table.text + notes.map { Output.results.lines($0 + ".") }.joined()
  }

  private func name(of row: BenchRow) -> String {
    "\(row.precision), batch \(row.workload.batch), \(row.workload.promptTokens) + \(row.workload.newTokens) tokens"
  }

  /// The median, and how far measurements lie to either side of their middle.
  private func rate(_ sample: Sample) -> String {
    sample.median.short + (sample.values.count > 1 ? " ±\((sample.spread * 50).fixed(0))%" : "")
  }

  private var profiles: [String] {
    report.rows.compactMap { row in
      guard let shares = row.measurement?.profileShares, !shares.isEmpty else { return nil }
      var table = Table()
      for share in shares.prefix(8) { table.append("  \((share.share * 100).fixed(0)) %", share.kernel.kernel) }
      return Output.results.lines("Time by kernel, device \(row.device), \(name(of: row)):") + table.text
    }
  }
}
