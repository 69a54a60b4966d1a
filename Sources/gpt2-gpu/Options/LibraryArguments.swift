public import ArgumentParser
public import GPT2

// The library's own types where they are what a person writes.

extension SettingsPreset: ExpressibleByArgument {}

extension PromptOverflow: ExpressibleByArgument {}
