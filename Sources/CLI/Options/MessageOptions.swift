import ArgumentParser

/// How much goes to standard error.
struct MessageOptions: ParsableArguments {
  @Flag(name: .shortAndLong, help: "Print no notices and no progress, only errors.")
  var quiet = false

  @Flag(name: .shortAndLong, help: "Say what is chosen and how long it took, on standard error.")
  var verbose = false

  func validate() throws {
    if quiet && verbose { throw ValidationError("--quiet and --verbose are opposites: give one.") }
  }

  /// What that amounts to.
  var level: MessageLevel { quiet ? .quiet : verbose ? .verbose : .usual }
}

/// A command that prints notices.
protocol MessagingCommand: ParsableCommand {
  var messages: MessageOptions { get }
}
