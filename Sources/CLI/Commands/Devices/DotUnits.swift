internal import Diagnosis
import GPT2
internal import OpenCLBackend

/// Whether one way to multiply and add works on a device.
struct DotUnitVerdict: Equatable {
  /// The unit's name, such as `fma`.
  let name: String
  /// Whether its probe passed, and if not, why.
  let verdict: String
  /// Why a plainer form of a unit that passed is not used, or attention on it; nil where there is nothing to say.
  var detail: String?

  /// The verdict and the detail.
  var sentence: String { detail.map { "\(verdict); \($0)" } ?? verdict }
}

/// The ways to multiply and add that a device has been tried for.
enum DotUnits {
  /// The units of a device, the portable one first.
  static func verdicts(_ tried: [DotUnitDiagnosis]) -> [DotUnitVerdict] {
    var verdicts = [DotUnitVerdict(name: "fma", verdict: "portable")]
    // Of several precisions, once where they agree.
    for unit in tried {
      let detail = unit.obstacle == nil ? unit.formDetail : nil
      let verdict = DotUnitVerdict(name: unit.unit.name, verdict: unit.obstacle ?? "passed", detail: detail)
      if !verdicts.contains(verdict) { verdicts.append(verdict) }
    }
    return verdicts
  }
}

extension DotUnitDiagnosis {
  /// In which form it passed, and why not in the first; nil where it did.
  var formDetail: String? {
    guard let form = unit.chosenForm, let first = refused.first else { return nil }
    return "in form \(form.number), as of the first: \(first.reason)"
  }
}
