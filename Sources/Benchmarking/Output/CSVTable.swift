import Checkpoint

/// A benchmark as comma-separated values (RFC 4180), with numbers as they were measured.
package enum CSVTable {
  private typealias Column = (heading: String, value: @Sendable (BenchRow, BenchReport) -> String)

  private static let columns: [Column] = [
    ("engine", { "gpt2-gpu \($1.version)" }), ("started", { $1.started }), ("model", { $1.modelName }),
    ("parameters", { "\($1.configuration.parameterCount)" }), ("device", { row, _ in row.device }),
    ("device_name", { row, _ in row.deviceName }),
    ("driver", { row, report in report.devices.first { $0.id == row.device }?.driver ?? "" }),
    ("kernels", { row, report in report.devices.first { $0.id == row.device }?.kernels ?? "" }),
    ("precision", { row, _ in row.precision }), ("batch", { row, _ in "\(row.workload.batch)" }),
    ("prompt_tokens", { row, _ in "\(row.workload.promptTokens)" }),
    ("new_tokens", { row, _ in "\(row.workload.newTokens)" }),
    ("items", { row, _ in "\(row.workload.items)" }), ("repeats", { "\($1.sweep.repeats)" }),
    ("status", { row, _ in status(row).name }), ("reason", { row, _ in status(row).reason }),
    ("prefill_tokens_per_s", { row, _ in number(row.measurement?.prefill.tokensPerSecond.median) }),
    ("prefill_spread", { row, _ in number(row.measurement?.prefill.tokensPerSecond.spread) }),
    ("decode_tokens_per_s", { row, _ in number(row.measurement?.decode?.tokensPerSecond.median) }),
    ("decode_spread", { row, _ in number(row.measurement?.decode?.tokensPerSecond.spread) }),
    ("end_to_end_tokens_per_s", { row, _ in number(row.measurement?.endToEnd.tokensPerSecond.median) }),
    ("end_to_end_spread", { row, _ in number(row.measurement?.endToEnd.tokensPerSecond.spread) }),
    ("time_to_first_token_s", { row, _ in number(row.measurement?.firstToken.median) }),
    ("step_p50_s", { row, _ in number(row.measurement?.step(50)) }),
    ("step_p95_s", { row, _ in number(row.measurement?.step(95)) }),
    ("step_p99_s", { row, _ in number(row.measurement?.step(99)) }),
    ("decode_bytes_per_s", { row, _ in number(row.measurement?.decode?.bytesPerSecond?.median) }),
    ("decode_flop_per_s", { row, _ in number(row.measurement?.decode?.operationsPerSecond?.median) }),
    ("decode_share_of_read", { number($0.measurement?.decode?.shares(of: $1.limits(of: $0)).read) }),
    ("decode_share_of_fma", { number($0.measurement?.decode?.shares(of: $1.limits(of: $0)).fma) }),
    ("prefill_flop_per_s", { row, _ in number(row.measurement?.prefill.operationsPerSecond?.median) }),
    ("prefill_share_of_fma", { number($0.measurement?.prefill.shares(of: $1.limits(of: $0)).fma) }),
    ("limit_copy_bytes_per_s", { number($1.limits(of: $0)?.copyBytesPerSecond) }),
    ("limit_read_bytes_per_s", { number($1.limits(of: $0)?.readBytesPerSecond) }),
    ("limit_fma_flop_per_s", { number($1.limits(of: $0)?.operationsPerSecond) }),
    ("device_memory_bytes", { row, _ in row.measurement?.deviceMemory.map(String.init) ?? "" }),
    ("host_peak_bytes", { row, _ in row.measurement?.hostMemory.map(String.init) ?? "" }),
    ("hash", { row, _ in row.measurement?.hash ?? "" }),
    ("reproduced", { row, _ in row.measurement.map { "\($0.isReproduced)" } ?? "" }),
  ]

  /// The first line.
  package static let heading = columns.map(\.heading).joined(separator: ",")

  /// A row's line.
  package static func line(_ row: BenchRow, of report: BenchReport) -> String {
    columns.map { quoted($0.value(row, report)) }.joined(separator: ",")
  }

  private static func status(_ row: BenchRow) -> (name: String, reason: String) {
    switch row.outcome {
    case .measured: ("measured", "")
    case .skipped(let reason): ("skipped", reason)
    case .failed(let reason): ("failed", reason)
    }
  }

  private static func number(_ value: Double?) -> String { value.map { "\($0)" } ?? "" }

  private static func quoted(_ cell: String) -> String {
    cell.utf8.contains { [UInt8(ascii: ","), UInt8(ascii: "\""), 10, 13].contains($0) }
      ? "\"\(cell.replacing("\"", with: "\"\""))\"" : cell
  }
}
