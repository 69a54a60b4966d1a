package import Backend
package import Checkpoint

/// The unit that multiplies, and why faster ones do not.
package struct DotUnitChoice {
  package let unit: DotUnit
  /// Units that were tried before it, each with the reason against it.
  var failures: [(unit: DotUnit, reason: String)] = []

  /// A unit that somebody named.
  package init(unit: DotUnit) { self.unit = unit }

  /// The first unit of a precision that passes its probe and pays.
  package init(_ precision: Precision, _ family: KernelFamily, _ launcher: KernelLauncher, activation: Activation) {
    for unit in DotUnit.candidates(precision, family) {
      let (form, obstacle, _) = DotUnitProbe.firstForm(of: unit, family, launcher, activation: activation)
      guard let obstacle else {
        self.unit = form
        return
      }
      failures.append((unit, obstacle))
    }
    unit = .portable
  }
}
