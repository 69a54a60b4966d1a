internal import OpenCLBackend
internal import Backend
internal import Diagnosis
import GPT2

/// The output of `doctor` for one device.
struct DoctorReport {
  let diagnosis: DeviceDiagnosis

  /// Whether a signal ended the look before its end.
  let isInterrupted: Bool

  init(_ diagnosis: DeviceDiagnosis, isInterrupted: Bool = false) {
    self.diagnosis = diagnosis
    self.isInterrupted = isInterrupted
  }

  /// Within 80 columns.
  var text: String {
    let results = Output.results
    let title = "Device \(diagnosis.device.id): \(diagnosis.device.name)".printable
    var lines = [Style.bold(title, on: results.descriptor) + "\n"]
    if let family = diagnosis.defaultFamily {
      let reason = diagnosis.familyObstacle.map { ": \($0)" } ?? ""
      lines.append(results.lines("It uses the \(family.rawValue) kernels\(reason)."))
    }
    for tuning in diagnosis.tunings {
      lines.append(
        results.lines(
          "Of \(tuning.precision.rawValue), \(tuning.operations) operations run as 'gpt2-gpu tune' found best: "
            + tuning.path))
    }
    lines += [unitTable.text] + operationTables + [modelTable.text]
    let faults = diagnosis.operations.compactMap(sentence) + diagnosis.models.compactMap(sentence)
    lines.append(faults.map(results.lines).joined())
    lines.append((isRight ? Style.green : .boldRed)(results.lines(conclusion), on: results.descriptor))
    return lines.filter { !$0.isEmpty }.joined(separator: "\n")
  }

  private var isRight: Bool { diagnosis.culprits.isEmpty }

  private var conclusion: String {
    if !isRight { return "WRONG: \(diagnosis.culprits.joined(separator: ", "))" }
    if isInterrupted { return "What was looked at is right; an interrupt left out the rest." }
    if diagnosis.leftOut == 0 { return "Everything is right." }
    return
      "What was looked at is right; \(diagnosis.leftOut) of \(diagnosis.operations.count) operations were left out, "
      + "for the driver takes its time to compile: --time-limit gives it more."
  }

  private var unitTable: Table {
    var table = Table(headings: diagnosis.dotUnits.isEmpty ? [] : ["kernels", "for", "dot unit", "verdict"])
    for unit in diagnosis.dotUnits {
      table.append(
        unit.family.rawValue, unit.unit.precision?.rawValue ?? "all", unit.unit.name,
        unit.obstacle.map { "not used: \($0)" } ?? (unit.isChosen ? "used" : "works"))
    }
    return table
  }

  /// For each family and unit, a row for each operation and a column for each precision.
  private var operationTables: [String] {
    var groups: [(title: String, operations: [OperationDiagnosis])] = []
    for operation in diagnosis.operations where !(isInterrupted && operation.verdict == .leftOut) {
      let unit = operation.unit.map { ", \($0.name)" } ?? ""
      let title = (operation.family.map { "\($0.rawValue) kernels" } ?? "OpenBLAS") + unit
      let index = groups.firstIndex { $0.title == title } ?? groups.count
      if index == groups.count { groups.append((title, [])) }
      groups[index].operations.append(operation)
    }
    return groups.map { table(of: $0.operations, title: $0.title).text }
  }

  private func table(of operations: [OperationDiagnosis], title: String) -> Table {
    let precisions = Precision.allCases.filter { p in operations.contains { $0.precision == p } }
    var table = Table(headings: [title + ": largest errors"] + precisions.map(\.rawValue))
    table.style = Verdict.style(of:)
    var rows: [(name: String, verdicts: [Precision: String])] = []
    for operation in operations {
      let index = rows.firstIndex { $0.name == operation.operation } ?? rows.count
      if index == rows.count { rows.append((operation.operation, [:])) }
      rows[index].verdicts[operation.precision] = operation.verdict.word
    }
    for row in rows { table.append([row.name] + precisions.map { row.verdicts[$0] ?? "" }) }
    return table
  }

  private var modelTable: Table {
    var table = Table(
      headings: diagnosis.models.isEmpty ? [] : ["demo model", "largest error", "dot unit", "likeliest text"])
    table.style = Verdict.style(of:)
    for model in diagnosis.models {
      table.append(
        model.precision.rawValue, model.verdict.word, model.unit?.name ?? "-",
        "\(model.equalTokens) of \(model.tokens) tokens as by \(model.reference)")
    }
    return table
  }

  private func sentence(_ operation: OperationDiagnosis) -> String? {
    let unit = operation.unit.map { " by \($0.name)" } ?? ""
    let file = operation.kernel.map { " (\($0).cl)" } ?? ""
    return operation.verdict.explanation.map {
      "\(operation.family?.rawValue ?? "cpu"), \(operation.precision.rawValue), \(operation.operation)\(unit)\(file): \($0)"
    }
  }

  private func sentence(_ model: ModelDiagnosis) -> String? {
    model.verdict.explanation.map { "demo model, \(model.precision.rawValue): \($0)" }
  }
}

extension Verdict {
  /// A word or two; where it is right, what the largest error is under.
  fileprivate var word: String {
    switch self {
    case .right(let error): Self.short(error)
    case .wrong: "WRONG"
    case .doesNotBuild: "no build"
    case .fails: "fails"
    case .unknown: "unknown"
    case .leftOut: "left out"
    }
  }

  /// What is wrong, in red.
  fileprivate static func style(of cell: String) -> Style? {
    ["WRONG", "no build", "fails"].contains(cell) ? .boldRed : nil
  }

  /// The fault; nil where it is right.
  var explanation: String? {
    switch self {
    case .right, .leftOut: nil
    case .wrong(let place, _): place
    case .doesNotBuild(let line): "does not build: \(line)"
    case .fails(let error): "fails: \(error)"
    case .unknown(let reason): "unknown: \(reason)"
    }
  }

  /// The power of ten that an error stays under.
  private static func short(_ error: Double) -> String {
    guard error > 0 else { return "exact" }
    var (power, bound) = (0, 1.0)
    while error < bound / 10 { (power, bound) = (power - 1, bound / 10) }
    return "< 1e\(power)"
  }
}
