public import Sampling

extension SamplingParameters {
  /// Checks the values.
  /// - Throws: ``SettingsError``, naming the flag, the values allowed and the value found.
  public func validate() throws(SettingsError) {
    let settings = GenerationSettings(preset: .hf5, sampling: self)
    for row in Setting.table {
      if let problem = row.problem(in: settings) {
        throw SettingsError("\(row.flag ?? row.setting.rawValue) \(problem)")
      }
    }
  }
}
