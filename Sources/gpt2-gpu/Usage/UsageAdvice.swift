internal import System
import ArgumentParser

/// The message for arguments that cannot be used, with what may have been meant.
struct UsageAdvice {
  private let message: String
  /// What ArgumentParser says of the option at fault, and where to read on.
  private let rest: [String]
  private let arguments: [String]
  private let root: any ParsableCommand.Type

  /// - Parameters:
  ///   - root: The program's command.
  ///   - arguments: Those of the program.
  init(for error: any Error, of root: any ParsableCommand.Type, arguments: [String]) {
    // Its nearest names are nearer than one would mean.
    let said = root.message(for: error)
    message = said.hasPrefix("Unknown option") ? String(said.prefix { $0 != "." }) : said
    rest = root.fullMessage(for: error).split(separator: "\n").compactMap { line in
      let words = line.drop { $0 == " " }
      if line.hasPrefix("Help:  ") { return String(line.dropFirst("Help:  ".count)) }
      return words.hasPrefix("See '") ? String(words) : nil
    }
    self.arguments = arguments
    self.root = root
  }

  /// The message in lines.
  var text: String {
    let sentence = hint.map { message + (message.hasSuffix(".") || message.hasSuffix("?") ? " " : ". ") + $0 }
    return ([sentence ?? message] + rest).joined(separator: "\n")
  }

  private var hint: String? {
    if message.contains("nexpected argument") { return hintForWords }
    let isUnknown = message.hasPrefix("Unknown option '")
    guard isUnknown || message.contains("is invalid for '-n ") else { return nil }
    if let hint = arguments.lazy.compactMap({ Self.options[$0] }).first { return hint }
    let name = String(message.dropFirst("Unknown option '".count).prefix { $0 != "'" })
    guard isUnknown, name.hasPrefix("--"), let command else { return nil }
    let help = root.helpMessage(for: command)
    let flags = help.matches(of: /--[a-z][a-z-]+/).map { String($0.output) }
    return (name.nearest(among: flags) ?? flags.first { name.count > 5 && $0.hasPrefix(name.dropLast()) })
      .map { "Did you mean '\($0)'?" }
  }

  /// The command that is run.
  private var command: (any ParsableCommand.Type)? {
    let command = root.configuration.subcommands.first { Self.name(of: $0) == arguments.first }
    guard let inner = command?.configuration, arguments.count > 1 else { return command }
    return inner.subcommands.first { Self.name(of: $0) == arguments[1] } ?? inner.defaultSubcommand ?? command
  }

  private static func name(of command: any ParsableCommand.Type) -> String {
    command.configuration.commandName ?? String(describing: command).lowercased()
  }

  /// Words that no command takes: a command that is misspelled or left out, or a prompt that the shell took apart.
  private var hintForWords: String? {
    let commands = root.configuration.subcommands.map(Self.name)
    guard let first = arguments.first, !first.hasPrefix("-") else { return nil }
    guard commands.contains(first) else {
      return first.nearest(among: commands).map { "Did you mean '\($0)'?" }
        ?? "To continue a text: gpt2-gpu generate \(Self.quoted([first]) ?? "TEXT")"
    }
    guard ["generate", "score", "tokenize"].contains(first) else { return nil }
    let words = arguments.dropFirst().prefix { !$0.hasPrefix("-") }
    return "Put the text in quotes" + (Self.quoted(Array(words)).map { ": gpt2-gpu \(first) \($0)" } ?? ".")
  }

  /// Words as one argument in a shell; nil where that takes more than quotes.
  private static func quoted(_ words: [String]) -> String? {
    let text = words.joined(separator: " ")
    return text.isEmpty || text.contains { "\"$`\\!".contains($0) } ? nil : "\"\(text)\""
  }

  /// What stands here for options of other programs.
  private static let options = [
    "--do-sample": "Tokens are drawn unless there is --greedy.",
    "--dtype": "How weights are stored is --precision.", "--quantize": "How weights are stored is --precision.",
    "--quantization": "How weights are stored is --precision.",
    "--num-beams": "There is no beam search.", "-ngl": "Where to compute is --device.",
    "--n-gpu-layers": "Where to compute is --device.", "--gpu": "Where to compute is --device.",
    "-p": "The prompt of 'generate' needs no option: gpt2-gpu generate \"My dream is\".",
    "-v": "The version is --version.",
  ]
}
