/// Whose defaults hold where the command line says nothing.
public enum SettingsPreset: String, Sendable, Hashable, CaseIterable {
  /// The settings that a model's author wrote into `task_specific_params.text-generation` of config.json, with the
  /// meaning that transformers' text-generation pipeline gave it from 2021 to 2025: the prefix goes before the prompt,
  /// and lengths do not count it.
  case card
  /// The defaults of the text-generation pipeline of transformers 5, which never reads `task_specific_params`.
  case hf5
}
