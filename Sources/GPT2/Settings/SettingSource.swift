/// Where the value of a setting comes from.
public enum SettingSource: Sendable, Hashable, CustomStringConvertible {
  /// A flag of the command line.
  case flag(String)
  /// generation_config.json.
  case generationConfiguration
  /// `task_specific_params.text-generation` in config.json.
  case taskSpecificParameters
  /// Another field of config.json.
  case configuration
  /// A preset's value.
  case preset(SettingsPreset)
  /// The default of transformers.
  case transformersDefault
  /// The default of this program.
  case programDefault

  /// As `--show-config` prints it.
  public var description: String {
    switch self {
    case .flag(let flag): flag
    case .generationConfiguration: "generation_config.json"
    case .taskSpecificParameters: "config.json task_specific_params"
    case .configuration: "config.json"
    case .preset(let preset): "preset \(preset.rawValue)"
    case .transformersDefault: "transformers' default"
    case .programDefault: "default"
    }
  }

  /// A setting with its place, as the subject of a sentence about its value.
  func subject(_ setting: Setting) -> String {
    if case .flag(let flag) = self { flag } else { "\(setting.rawValue) in \(self)" }
  }
}
