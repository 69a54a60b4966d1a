/// The columns of a setting's row that do not depend on the type of its value.
package struct SettingColumns: Sendable {
  /// Where a setting is looked for, before its default.
  package enum Places: Sendable {
    /// Where it is asked for.
    case commandLine
    /// There, then in the files and the preset.
    case files
    /// There, then at the top of config.json.
    case filesAndConfiguration
  }

  /// The setting, whose name files and this program's JSON use.
  package let setting: Setting
  /// The command line's flag; nil where only files say the setting.
  package let flag: String?
  /// The field of an item of a batch: the flag in snake_case.
  package let itemField: String?
  /// The field of a request to OpenAI's /v1/completions.
  package let completionsField: String?
  /// Where the setting is looked for.
  package let places: Places
  /// Whether it is a way of drawing: whoever asks for it wants tokens drawn, whatever a file says.
  package let impliesDrawing: Bool
  /// The name of the flag's value in help; nil for a flag without one.
  package let argument: String?
  /// The flag's help.
  package let help: String

  /// A setting that may be asked for; its flag is its name in kebab-case where no other is given.
  init(
    _ setting: Setting, flag: String? = nil, completionsField: String? = nil, places: Places = .files,
    impliesDrawing: Bool = false, argument: String? = nil, help: String
  ) {
    let flag = flag ?? "--" + setting.rawValue.replacing("_", with: "-")
    self.setting = setting
    self.flag = flag
    itemField = String(flag.drop { $0 == "-" }.replacing("-", with: "_"))
    self.completionsField = completionsField
    self.places = places
    self.impliesDrawing = impliesDrawing
    self.argument = argument
    self.help = help
  }

  /// A setting that only a model's files say.
  init(fileOnly setting: Setting, _ places: Places) {
    self.setting = setting
    (flag, itemField, completionsField, argument) = (nil, nil, nil, nil)
    self.places = places
    impliesDrawing = false
    help = ""
  }
}
