import ArgumentParser

/// `batch` as far as it concerns results: what its subcommands are parsed by.
///
/// ArgumentParser gives a command's options to the command wherever they stand, and so would give merge's `--in` to batch.
struct BatchResults: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "gpt2-gpu batch", version: ProgramVersion.current,
    subcommands: BatchCommand.configuration.subcommands)

  /// What follows `batch` where that is one of its subcommands; else nil.
  static func arguments(of arguments: [String]) -> [String]? {
    guard arguments.count > 1, arguments[0] == "batch",
      configuration.subcommands.contains(where: { UsageAdvice.name(of: $0) == arguments[1] })
    else { return nil }
    return Array(arguments.dropFirst())
  }
}
