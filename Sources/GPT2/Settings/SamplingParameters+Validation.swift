public import Sampling

extension SamplingParameters {
  /// Checks the values.
  /// - Throws: ``SettingsError``, naming the property, the values allowed and the value found.
  public func validate() throws(SettingsError) {
    let settings = GenerationSettings(preset: .hf5, sampling: self)
    for row in Setting.table {
      if let problem = row.problem(in: settings) {
        throw .outOfRange(row.setting, source: .asked(row.setting), problem: problem)
      }
    }
  }
}
