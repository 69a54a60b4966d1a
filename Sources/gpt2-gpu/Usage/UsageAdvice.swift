internal import System
import ArgumentParser

/// The message for arguments that cannot be used, with what may have been meant.
struct UsageAdvice {
  private let message: String
  /// What ArgumentParser says of the option at fault, and where to read on.
  private let rest: [String]
  private let arguments: [String]

  /// - Parameter arguments: Those of the program.
  init(for error: any Error, arguments: [String]) {
    message = Main.message(for: error)
    rest = Main.fullMessage(for: error).split(separator: "\n").compactMap { line in
      let words = line.drop { $0 == " " }
      if line.hasPrefix("Help:  ") { return String(line.dropFirst("Help:  ".count)) }
      return words.hasPrefix("See '") ? String(words) : nil
    }
    self.arguments = arguments
  }

  /// The message in lines.
  var text: String {
    let sentence = hint.map { message + (message.hasSuffix(".") || message.hasSuffix("?") ? " " : ". ") + $0 }
    return ([sentence ?? message] + rest).joined(separator: "\n")
  }

  private var hint: String? {
    if message.contains("Did you mean") { return nil }
    if message.contains("nexpected argument") { return hintForWords }
    return message.hasPrefix("Unknown option") || message.contains("is invalid for '-n ")
      ? arguments.lazy.compactMap { Self.options[$0] }.first : nil
  }

  /// Words that no command takes: a command that is misspelled or left out, or a prompt that the shell took apart.
  private var hintForWords: String? {
    let commands = Main.configuration.subcommands.map {
      $0.configuration.commandName ?? String(describing: $0).lowercased()
    }
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
