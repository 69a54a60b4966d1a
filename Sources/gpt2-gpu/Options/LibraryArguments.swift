public import ArgumentParser
public import Batch
public import GPT2

// The library's own types where they are what a person writes.

extension SettingsPreset: ExpressibleByArgument {}

extension PromptOverflow: ExpressibleByArgument {}

extension DeviceSelection: ExpressibleByArgument {
  /// Reads what a person names.
  public init?(argument: String) { self.init(argument) }
}

extension Shard: ExpressibleByArgument {
  /// Reads `i/N`.
  public init?(argument: String) { self.init(argument) }
}
