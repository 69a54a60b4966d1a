public import ArgumentParser
public import GPT2

// The library's own types as arguments of the command line.

extension SettingsPreset: ExpressibleByArgument {}

extension PromptOverflow: ExpressibleByArgument {}

extension BeamParameters.EarlyStopping: ExpressibleByArgument {}
