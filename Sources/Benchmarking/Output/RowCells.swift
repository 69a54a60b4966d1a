internal import System
import GPT2

/// A row's numbers as a person reads them, for the table on a terminal and in the report.
struct RowCells {
  /// A column's heading, and whether it holds numbers.
  typealias Column = (heading: String, isNumber: Bool)

  static let columns: [Column] = [
    ("device", false), ("precision", false), ("batch", true), ("prompt", true), ("new", true), ("items", true),
    ("prefill tok/s", true), ("decode tok/s", true), ("end to end tok/s", true), ("first token ms", true),
    ("step p50 / p95 / p99 ms", true), ("decode GB/s", true), ("of read", true), ("decode GFLOP/s", true),
    ("of fma", true), ("prefill of fma", true), ("device MiB", true), ("host MiB", true), ("text", false),
  ]

  let cells: [String]
  /// Why there are no numbers.
  let note: String?

  init(_ row: BenchRow, _ limits: DeviceLimits?) {
    let workload = row.workload
    var cells = [
      row.device, row.precision, "\(workload.batch)", "\(workload.promptTokens)", "\(workload.newTokens)",
      "\(workload.items)",
    ]
    switch row.outcome {
    case .measured(let measurement):
      let decode = measurement.decode
      let steps = [50, 95, 99].map { measurement.step($0).map { ($0 * 1000).short } ?? "-" }
      cells += [
        Self.rate(measurement.prefill.tokensPerSecond), decode.map { Self.rate($0.tokensPerSecond) } ?? "-",
        Self.rate(measurement.endToEnd.tokensPerSecond), (measurement.firstToken.median * 1000).short,
        measurement.steps.isEmpty ? "-" : steps.joined(separator: " / "),
        Self.billions(decode?.bytesPerSecond?.median), Self.percent(decode?.shares(of: limits).read),
        Self.billions(decode?.operationsPerSecond?.median), Self.percent(decode?.shares(of: limits).fma),
        Self.percent(measurement.prefill.shares(of: limits).fma), Self.mebibytes(measurement.deviceMemory),
        Self.mebibytes(measurement.hostMemory), measurement.isReproduced ? measurement.hash : "differs",
      ]
      note = nil
    case .skipped(let reason): note = "not run: \(reason)"
    case .failed(let reason): note = "failed: \(reason)"
    }
    self.cells = cells
  }

  /// The median, and how far measurements lie to either side of their middle.
  static func rate(_ sample: Sample) -> String {
    sample.median.short
      + (sample.values.count > 1 ? " ±\((sample.spread * 50).fixed(sample.spread < 0.095 ? 1 : 0))%" : "")
  }

  static func billions(_ value: Double?) -> String { value.map { ($0 / 1e9).short } ?? "-" }
  static func percent(_ share: Double?) -> String { share.map { ($0 * 100).fixed($0 < 0.0995 ? 1 : 0) + "%" } ?? "-" }
  static func mebibytes(_ bytes: Int?) -> String { bytes.map { String($0 >> 20) } ?? "-" }
}
