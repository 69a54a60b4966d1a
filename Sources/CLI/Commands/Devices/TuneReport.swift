internal import Backend
internal import OpenCLBackend
internal import System
import Diagnosis
import GPT2
import JSON

/// What `tune` prints.
struct TuneReport {
  /// What was found.
  var found = TuningReport()
  /// Whether a signal ended the search before its end.
  var isInterrupted = false
  /// Where the choices are kept.
  let path: String
  private let device: ComputeDevice
  private let precision: Precision
  private let family: KernelFamily
  private let dotUnit: DotUnit

  init(_ tuner: Tuner, _ device: ComputeDevice) {
    path = tuner.path
    self.device = device
    (precision, family, dotUnit) = (tuner.precision, tuner.family, tuner.dotUnit)
  }

  // MARK: For people

  /// Within 80 columns, but where more than two parameters have changed.
  var text: String {
    var table = Table(headings: ["operation", "rows", "default", "best", "gain", "chosen"])
    for result in found.results {
      table.append(
        result.task.operation.name, String(result.task.operation.rows), Self.time(result.usual.seconds),
        Self.time(result.best.seconds), isFaster(result) ? "\(Int((100 * result.gain).rounded())) %" : "-",
        isFaster(result) ? Self.changes(result).description : "default")
    }
    let rejected = found.results.flatMap { result in
      result.rejected.map {
        Output.results.lines("Not used for \(result.task.operation): \($0.choice), for \($0.reason).")
      }
    }
    return
      ["Device \(device.id): \(device.name)", "\(precision.rawValue), \(family.rawValue) kernels"].joined(
        separator: "\n") + "\n\n" + table.text + "\n" + rejected.joined() + conclusion
  }

  /// The parameters that are not the defaults.
  private static func changes(_ result: TuningResult) -> TuningChoice {
    TuningChoice(result.best.choice.values.filter { result.usual.choice[$0.key] != $0.value })
  }

  private func isFaster(_ result: TuningResult) -> Bool { result.best.choice != result.usual.choice }

  private var conclusion: String {
    var sentences: [String] = []
    let faster = found.results.count(where: isFaster)
    if found.results.isEmpty {
      sentences.append(
        isInterrupted
          ? "Interrupted before the first operation was done."
          : found.leftOut.isEmpty
            ? "These kernels leave nothing open." : "There was not the time for a single operation.")
    } else {
      sentences.append(
        "\(faster) of \(found.results.count) operations have parameters faster than the shipped defaults; "
          + "for the others the defaults are the best, or as good.")
    }
    for (rows, usual, best) in sums where best < usual {
      sentences.append(
        "The products of \(rows) \(rows == 1 ? "row" : "rows") take \(Self.time(best)) a step instead of "
          + "\(Self.time(usual)), \(Int((100 * (1 - best / usual)).rounded())) % less.")
    }
    if !found.leftOut.isEmpty, !found.results.isEmpty || !isInterrupted {
      sentences.append(
        isInterrupted
          ? "An interrupt left out \(found.leftOut.count) operations."
          : "The time did not do for \(found.leftOut.count) operations: the next search begins with them.")
    }
    if !found.results.isEmpty { sentences.append("Kept in \(path).") }
    return sentences.map(Output.results.lines).joined()
  }

  /// For each number of rows all of whose products are known, the time of a step's.
  private var sums: [(rows: Int, usual: Double, best: Double)] {
    let known = Dictionary(grouping: found.results.filter(\.task.operation.isProduct), by: \.task.operation.rows)
    return known.filter { rows, _ in !found.leftOut.contains { $0.operation.isProduct && $0.operation.rows == rows } }
      .map { rows, results in
        (
          rows, results.reduce(0) { $0 + Double($1.task.count) * $1.usual.seconds },
          results.reduce(0) { $0 + Double($1.task.count) * $1.best.seconds }
        )
      }
      .sorted { $0.rows < $1.rows }
  }

  /// Three digits and a unit.
  private static func time(_ seconds: Double) -> String {
    let (value, unit) =
      seconds < 1e-3 ? (seconds * 1e6, "µs") : seconds < 1 ? (seconds * 1e3, "ms") : (seconds, "s")
    return "\(value.fixed(value < 10 ? 2 : value < 100 ? 1 : 0)) \(unit)"
  }

  // MARK: For programs

  var json: JSON {
    [
      "device": ["id": .string(device.id), "name": .string(device.name)],
      "precision": .string(precision.rawValue), "kernels": .string(family.rawValue),
      "dot_unit": .string(dotUnit.name), "file": .string(path), "interrupted": .boolean(isInterrupted),
      "operations": .array(found.results.map(Self.json)),
      "left_out": .array(found.leftOut.map { .object($0.operation.members) }),
      "nothing_open": .array(found.nothingOpen.map { .object($0.operation.members) }),
    ]
  }

  private static func json(_ result: TuningResult) -> JSON {
    .object(
      result.task.operation.members + [
        JSON.Member("count", .integer(result.task.count)),
        JSON.Member("default", .object(result.usual.choice.members)),
        JSON.Member("default_s", .number(result.usual.seconds)),
        JSON.Member("best", .object(result.best.choice.members)),
        JSON.Member("best_s", .number(result.best.seconds)), JSON.Member("gain", .number(result.gain)),
        JSON.Member("tried", .integer(result.tried)),
        JSON.Member(
          "rejected",
          .array(
            result.rejected.map { ["choice": .object($0.choice.members), "reason": .string($0.reason)] })),
      ])
  }
}

extension TunedOperation {
  /// The operation without its rows, for people.
  fileprivate var name: String {
    switch self {
    case .product(_, let k, let n): "\(k) × \(n)"
    case .attention(_, let heads, let headSize): "\(heads) heads of \(headSize)"
    case .layer(_, let channels, _, _): "layer of \(channels)"
    case .sampling(let vocabulary): "choice of \(vocabulary)"
    }
  }

  fileprivate var isProduct: Bool { if case .product = self { true } else { false } }

  fileprivate var rows: Int {
    switch self {
    case .product(let rows, _, _): rows
    case .attention(let rows, _, _), .layer(let rows, _, _, _): rows
    case .sampling: 1
    }
  }
}
