/// Where the value of a setting comes from.
public enum SettingSource: Sendable, Hashable, CustomStringConvertible {
  /// It was asked for, by ``GenerationOverrides``: this setting itself, or another that implies it.
  case asked(Setting)
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

  /// The property, the file, or whose default it is.
  public var description: String { text(.properties) }

  /// The same for a person who knows the settings by these names.
  package func text(_ names: SettingNames) -> String {
    switch self {
    case .asked(let setting): names.name(setting)
    case .generationConfiguration: "generation_config.json"
    case .taskSpecificParameters: "config.json task_specific_params"
    case .configuration: "config.json"
    case .preset(let preset): "preset \(preset.rawValue)"
    case .transformersDefault: "transformers' default"
    case .programDefault: "default"
    }
  }

  /// Whether somebody asked for it.
  package var isAsked: Bool { if case .asked = self { true } else { false } }

  /// Whether a file of the model says it.
  var isFile: Bool {
    switch self {
    case .generationConfiguration, .taskSpecificParameters, .configuration: true
    case .asked, .preset, .transformersDefault, .programDefault: false
    }
  }

  /// A setting with its place, as the subject of a sentence about its value.
  func subject(_ setting: Setting, _ names: SettingNames) -> String {
    isAsked ? text(names) : "\(setting.rawValue) in \(text(names))"
  }
}
