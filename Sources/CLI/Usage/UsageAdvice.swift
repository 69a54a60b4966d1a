internal import System
import ArgumentParser

/// The message for arguments that cannot be used, with what may have been meant.
struct UsageAdvice {
  let message: String
  /// What ArgumentParser says of the option at fault, and where to read on.
  private let rest: [String]
  let arguments: [String]
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
    // A list of values, a line each, has no full stop.
    let isWhole = message.hasSuffix(".") || message.hasSuffix("?") || message.contains("\n")
    let sentences = [isWhole ? message : message + ".", hint].compactMap(\.self)
    return ([sentences.joined(separator: " ")] + rest).joined(separator: "\n")
  }

  private var hint: String? {
    if message.contains("nexpected argument") { return hintForWords ?? hintForSurplus }
    if message.hasPrefix("Missing expected argument '") { return hintForItems ?? hintForMissingArgument }
    if message.hasPrefix("Missing value for '") { return hintForMissingValue }
    if message.hasPrefix("The option '") { return hintForFlag }
    let isUnknown = message.hasPrefix("Unknown option '")
    if isUnknown || message.contains("is invalid for '-n "),
      let hint = arguments.lazy.compactMap({ Self.options[$0] }).first
    {
      return hint
    }
    if let hintForValue { return hintForValue }
    if isUnknown, let first = arguments.first, first.hasPrefix("-") {
      return "Options come after a command: gpt2-gpu generate \(first) …"
    }
    let name = String(message.dropFirst("Unknown option '".count).prefix { $0 != "'" })
    guard isUnknown, name.hasPrefix("--") else { return nil }
    return (name.nearest(among: flags) ?? flags.first { name.count > 5 && $0.hasPrefix(name.dropLast()) })
      .map { "Did you mean '\($0)'?" }
  }

  /// The long flags of the command.
  var flags: [String] {
    command.map { root.helpMessage(for: $0).matches(of: /--[a-z][a-z-]+/).map { String($0.output) } } ?? []
  }

  /// The words by which the command is called.
  var commandName: String {
    guard let command else { return "gpt2-gpu" }
    let (name, first) = (Self.name(of: command), arguments.first ?? "")
    return first == name ? "gpt2-gpu \(name)" : "gpt2-gpu \(first) \(name)"
  }

  /// The commands within the one that is called, by their words; empty where it has none.
  var innerCommands: [String] {
    let outer = root.configuration.subcommands.first { Self.name(of: $0) == arguments.first }
    return outer?.configuration.subcommands.map(Self.name) ?? []
  }

  /// The command that is run.
  private var command: (any ParsableCommand.Type)? {
    let command = root.configuration.subcommands.first { Self.name(of: $0) == arguments.first }
    guard let inner = command?.configuration, arguments.count > 1 else { return command }
    return inner.subcommands.first { Self.name(of: $0) == arguments[1] } ?? inner.defaultSubcommand ?? command
  }

  /// The word that a command is called by.
  static func name(of command: any ParsableCommand.Type) -> String {
    command.configuration.commandName ?? String(describing: command).lowercased()
  }

  /// Words that no command takes: a command that is misspelled or left out, or a prompt that the shell took apart.
  private var hintForWords: String? {
    if let hint = hintForDash { return hint }
    let commands = root.configuration.subcommands.map(Self.name)
    guard let first = arguments.first, !first.hasPrefix("-") else { return nil }
    guard commands.contains(first) else {
      let outer = root.configuration.subcommands.first { command in
        let (inner, usual) = (command.configuration.subcommands, command.configuration.defaultSubcommand)
        return inner.contains { Self.name(of: $0) == first && $0 != usual }
      }
      if let outer { return "Did you mean '\(Self.name(of: outer)) \(first)'?" }
      return first.nearest(among: commands).map { "Did you mean '\($0)'?" }
        ?? "To continue a text: gpt2-gpu generate \(Self.quoted([first]) ?? "TEXT")"
    }
    guard ["generate", "score", "tokenize"].contains(first) else { return nil }
    let words = arguments.dropFirst().prefix { !$0.hasPrefix("-") }
    return "Put the text in quotes" + (Self.quoted(Array(words)).map { ": gpt2-gpu \(first) \($0)" } ?? ".")
  }

  /// An option that begins with a dash which is no hyphen, as web pages and editors put in its place.
  private var hintForDash: String? {
    let words = arguments.lazy.map { (argument: $0, name: $0.drop { "\u{2013}\u{2014}\u{2212}".contains($0) }) }
    guard let (argument, name) = words.first(where: { $0 != $1 && $1.first?.isLetter == true }) else { return nil }
    return "'\(argument)' begins with a dash that is no hyphen: write \(name.count > 1 ? "--" : "-")\(name)."
  }

  /// A file of items without the option that takes it.
  private var hintForItems: String? {
    guard message.contains("'--in"), command.map(Self.name) == "batch", arguments.count > 1,
      !arguments[1].hasPrefix("-")
    else { return nil }
    let rest = arguments.contains { $0 == "-o" || $0.hasPrefix("--out") } ? "" : " --out texts.jsonl"
    return "Did you mean: gpt2-gpu batch --in \(arguments[1])\(rest)?"
  }

  /// Refuses to help with what is no command, where ArgumentParser would help with all.
  static func requireCommand(_ arguments: [String], of root: any ParsableCommand.Type) throws(UsageError) {
    guard arguments.first == "help" else { return }
    var (command, names) = (root, [String]())
    for word in arguments.dropFirst() where !word.hasPrefix("-") {
      let inner = command.configuration.subcommands
      if let next = inner.first(where: { name(of: $0) == word }) {
        (command, names) = (next, names + [word])
        continue
      }
      if names.isEmpty, word == "help" { return }
      let place = names.isEmpty ? "gpt2-gpu" : "'\(names.joined(separator: " "))'"
      let meant = word.nearest(among: inner.map(name)).map { (names + [$0]).joined(separator: " ") }
      let advice = meant.map { "Did you mean '\($0)'?" } ?? "'gpt2-gpu --help' lists them."
      throw UsageError("'\(word)' is no command of \(place). \(advice)")
    }
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
    "-ngl": "Where to compute is --device.",
    "--n-gpu-layers": "Where to compute is --device.", "--gpu": "Where to compute is --device.",
    "-p": "The prompt of 'generate' needs no option: gpt2-gpu generate \"My dream is\".",
    "-v": "The version is --version.", "--revision": "A revision stands behind an @: ORG/NAME@REVISION.",
    "--local-dir": "Models come into the Hub's cache; HF_HUB_CACHE names another.",
    "--cache-dir": "HF_HUB_CACHE names another cache.", "--include": "Files besides are named by --file.",
  ]
}
