internal import Diagnosis
import GPT2

/// Whether one way to multiply and add works on a device.
struct DotUnitVerdict: Equatable {
  /// The unit's name, such as `fma`.
  let name: String
  /// Whether its probe passed, and if not, why.
  let verdict: String
}

/// The ways to multiply and add that a device has been tried for.
enum DotUnits {
  /// The units of a device, the portable one first.
  static func verdicts(_ tried: [DotUnitDiagnosis]) -> [DotUnitVerdict] {
    var verdicts = [DotUnitVerdict(name: "fma", verdict: "portable")]
    // Of several precisions, once where they agree.
    for verdict in tried.map({ DotUnitVerdict(name: $0.unit.name, verdict: $0.obstacle ?? "passed") })
    where !verdicts.contains(verdict) {
      verdicts.append(verdict)
    }
    return verdicts
  }
}
