/// What kernels leave open of one operation on one device.
package struct TuningSpace {
  /// What is chosen where nobody has tuned.
  package let usual: TuningChoice
  /// The values that a parameter may have, those first that are most worth a trial.
  private let values: [TuningParameter: [Int]]
  /// Whether the device takes values together.
  private let fits: (TuningChoice) -> Bool

  /// - Parameters:
  ///   - values: For every parameter of `usual`.
  ///   - fits: Whether the device takes values together, each of which is among `values`.
  init(
    usual: TuningChoice, _ values: [TuningParameter: [Int]], fits: @escaping (TuningChoice) -> Bool = { _ in true }
  ) {
    self.usual = usual
    self.values = values
    self.fits = fits
  }

  /// The parameters, in the order of a search.
  package var parameters: [TuningParameter] { TuningParameter.allCases.filter { values[$0] != nil } }

  /// Whether a choice has all parameters and no other, with values that the kernels and the device take: whatever a file says,
  /// nothing else is run.
  package func contains(_ choice: TuningChoice) -> Bool {
    choice.values.count == values.count
      && choice.values.allSatisfy { parameter, value in values[parameter]?.contains(value) == true } && fits(choice)
  }

  /// The choices that differ from one in a single parameter.
  package func choices(varying parameter: TuningParameter, of choice: TuningChoice) -> [TuningChoice] {
    (values[parameter] ?? []).compactMap { value in
      guard value != choice[parameter] else { return nil }
      let other = TuningChoice(choice.values.merging([parameter: value]) { $1 })
      return contains(other) ? other : nil
    }
  }

  /// Whether there is more than one choice, as far as one parameter at a time leads.
  package var isOpen: Bool { parameters.contains { !choices(varying: $0, of: usual).isEmpty } }
}
