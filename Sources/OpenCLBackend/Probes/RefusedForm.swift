internal import OpenCL

/// A form of a unit that was tried and is not used.
package struct RefusedForm: Equatable, Sendable {
  /// Its number: MMA_FORM in simt/mma.h, DOT_FORM in simt/linear.h.
  package let number: Int
  /// Whether attention was to be on the unit, too.
  package let attends: Bool
  /// Why it is not used.
  package let reason: String

  init(_ form: DotUnit, reason: String) {
    (number, attends, self.reason) = (form.form, form.attends, reason)
  }
}

extension DotUnit {
  /// Which form it is, and whether attention is on it, of a unit that has more than one.
  package var chosenForm: (number: Int, attends: Bool)? { formCount > 1 ? (form, attends) : nil }
}

extension OpenCLError {
  /// The first line of a compiler's messages that names an error, or of all; nil where it said nothing.
  package var firstComplaint: String? {
    let lines = buildLog?.split(whereSeparator: \.isNewline) ?? []
    return (lines.first { $0.contains("error") } ?? lines.first).map { String($0.prefix(300)) }
  }
}
