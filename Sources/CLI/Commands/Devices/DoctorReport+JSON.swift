internal import Backend
internal import Diagnosis
internal import OpenCLBackend
import GPT2
import JSON

extension DoctorReport {
  /// The findings for programs.
  var json: JSON {
    [
      "id": .string(diagnosis.device.id), "name": .string(diagnosis.device.name),
      "default_kernels": diagnosis.defaultFamily.map { .string($0.rawValue) } ?? .null,
      "default_kernels_reason": diagnosis.familyObstacle.map { .string($0) } ?? .null,
      "tuned": .array(
        diagnosis.tunings.map {
          [
            "precision": .string($0.precision.rawValue), "operations": .integer($0.operations),
            "file": .string($0.path),
          ]
        }),
      "right": .boolean(diagnosis.culprits.isEmpty),
      "left_out": .integer(diagnosis.leftOut),
      "wrong": .array(diagnosis.culprits.map { .string($0) }),
      "dot_units": .array(
        diagnosis.dotUnits.map { unit in
          [
            "kernels": .string(unit.family.rawValue), "name": .string(unit.unit.name),
            "precision": unit.unit.precision.map { .string($0.rawValue) } ?? .null,
            "passed": .boolean(unit.obstacle == nil), "used": .boolean(unit.isChosen),
            "reason": unit.obstacle.map { .string($0) } ?? .null,
            "form": unit.unit.chosenForm.map { .integer($0.number) } ?? .null,
            "attends": unit.unit.chosenForm.map { .boolean($0.attends) } ?? .null,
            "refused_forms": .array(
              unit.refused.map {
                ["form": .integer($0.number), "attends": .boolean($0.attends), "reason": .string($0.reason)]
              }),
          ]
        }),
      "operations": .array(
        diagnosis.operations.map { operation in
          .object(
            [
              JSON.Member("kernels", operation.family.map { .string($0.rawValue) } ?? .null),
              JSON.Member("precision", .string(operation.precision.rawValue)),
              JSON.Member("dot_unit", operation.unit.map { .string($0.name) } ?? .null),
              JSON.Member("operation", .string(operation.operation)),
              JSON.Member("file", operation.kernel.map { .string($0 + ".cl") } ?? .null),
            ] + operation.verdict.members)
        }),
      "demo_model": .array(
        diagnosis.models.map { model in
          .object(
            [
              JSON.Member("precision", .string(model.precision.rawValue)),
              JSON.Member("dot_unit", model.unit.map { .string($0.name) } ?? .null),
              JSON.Member("equal_tokens", .integer(model.equalTokens)),
              JSON.Member("tokens", .integer(model.tokens)),
              JSON.Member("reference", .string(model.reference)),
            ] + model.verdict.members)
        }),
    ]
  }
}

extension Verdict {
  fileprivate var members: [JSON.Member] {
    let (name, error): (String, Double?) =
      switch self {
      case .right(let error): ("right", error)
      case .wrong(_, let error): ("wrong", error)
      case .doesNotBuild: ("does not build", nil)
      case .fails: ("fails", nil)
      case .unknown: ("unknown", nil)
      case .leftOut: ("left out", nil)
      }
    let finite = error.flatMap { $0.isFinite ? $0 : nil }
    return [
      JSON.Member("verdict", .string(name)), JSON.Member("largest_error", finite.map { .number($0) } ?? .null),
      JSON.Member("detail", explanation.map { .string($0) } ?? .null),
    ]
  }
}
